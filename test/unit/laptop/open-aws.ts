import { startGateway } from '../../../laptop/aws/gateway.ts'
import { type MotoServer, startMoto } from '../../../laptop/aws/moto.ts'

export type OpenAws = MotoServer & { endpoint: string }

/** moto behind a gateway that takes every key: AWS for tests of what is neither a role's nor an owner's. */
export async function startOpenAws(options: Parameters<typeof startMoto>[0] = {}): Promise<OpenAws> {
  const moto = await startMoto(options)
  const gateway = await startGateway(moto)
  gateway.guard(async () => ({}))
  const stop = async () => {
    await gateway.close()
    await moto.stop()
  }
  return { ...moto, endpoint: gateway.endpoint, stop }
}

import { join } from 'node:path'
import { python, pythonEnvironment, root } from '../setup/places.mjs'
import { startLineProcess } from './child-process.ts'

export interface MotoServer {
  port: number
  pid: number | undefined
  stop(): Promise<void>
}

/** Starts moto on a free port of 127.0.0.1; resolves when it takes requests. */
export async function startMoto(options: { log?: (text: string) => void } = {}): Promise<MotoServer> {
  const moto = startLineProcess(python, [join(root, 'local', 'aws', 'moto_server.py')], {
    env: { ...pythonEnvironment(), PYTHONDONTWRITEBYTECODE: '1', MOTO_IAM_LOAD_MANAGED_POLICIES: 'false' },
    log: options.log,
  })
  const port = await Promise.race([
    new Promise<number>((resolve) => moto.onMessage((message) => typeof message.port === 'number' && resolve(message.port))),
    moto.ended.then((reason) => Promise.reject(new Error(`The local AWS (moto) did not start: ${reason}`))),
  ])
  return { port, pid: moto.pid, stop: moto.stop }
}

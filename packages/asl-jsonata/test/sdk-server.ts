import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SFNClient } from '@aws-sdk/client-sfn'
import { createStepFunctions, type StepFunctionsOptions } from '../src/index.ts'

/** The face behind a real HTTP server, and a real SDK client that knows nothing of it. */
export async function sdkServer(options: StepFunctionsOptions) {
  const stepFunctions = createStepFunctions(options)
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { status, body } = await stepFunctions.handle(String(request.headers['x-amz-target']), Buffer.concat(chunks))
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new SFNClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  return {
    client,
    stepFunctions,
    async close() {
      client.destroy()
      await stepFunctions.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

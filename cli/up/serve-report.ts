import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { datasetsOf } from '../batches/dataset-status.ts'
import { connect } from '../deployment/connect.ts'
import type { DeploymentOptions } from '../deployment/options.ts'
import { renderReport } from '../report/render.ts'
import { collectReport } from '../report/report-data.ts'

/** The report, made anew for whoever looks, on this machine only; returns its address. Goes with the process. */
export async function serveReport(options: DeploymentOptions): Promise<string> {
  const deployment = await connect(options)
  const server = createServer(async (request, response) => {
    if (request.url !== '/') return response.writeHead(404).end()
    try {
      const data = await collectReport(deployment, await datasetsOf(deployment))
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(renderReport(data))
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(error instanceof Error ? error.message : String(error))
    }
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

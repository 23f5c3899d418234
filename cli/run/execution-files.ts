import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SFNClient } from '@aws-sdk/client-sfn'
import { sfnExecutions } from '../../functions/adapters/step-functions/executions.ts'
import { executionKey, executionArn as toExecutionArn } from '../../functions/domain/names.ts'
import { ACCOUNT_ID, REGION } from '../../laptop/aws/clients.ts'
import type { Pipeline } from '../../laptop/pipeline.ts'
import { readTrace } from '../report/traces/read-trace.ts'

/** On AWS the history of executions outlives the batch; on the laptop it ends with the pipeline, so the report's part of it is kept. */
export async function keepExecutions(pipeline: Pick<Pipeline, 'endpoint' | 'accessKeyId' | 'batches'>, output: string): Promise<void> {
  const credentials = { accessKeyId: pipeline.accessKeyId, secretAccessKey: 'local' }
  const client = new SFNClient({ endpoint: pipeline.endpoint, region: REGION, credentials })
  const machineArn = `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:sluice-dev-ingest`
  for (const { dataset, batchId, execution: name } of pipeline.batches()) {
    const execution = await sfnExecutions(client).describe(toExecutionArn(machineArn, name))
    const trace = execution && (await readTrace(execution, client))
    if (!trace) continue
    const file = join(output, executionKey(dataset, batchId))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `${JSON.stringify(trace, null, 1)}\n`)
  }
  client.destroy()
}

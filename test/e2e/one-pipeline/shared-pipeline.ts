import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Clients, createClients } from '../../../laptop/aws/clients.ts'
import { type Pipeline, startPipeline } from '../../../laptop/pipeline.ts'

/** What the tests of one pipeline are given: each has a dataset of its own, and runs when the one before has settled. */
export interface SharedPipeline {
  /** Not before the first test runs. */
  pipeline: Pipeline
  owner: Clients
  /** Of the temporary folder, in which each test's names begin with its dataset's. */
  place(...names: string[]): string
  write(path: string, text: string): void
}

/**
 * One pipeline for the tests of a file. The command and SDK clients reach it as those of a user who has set up the AWS CLI.
 * @param contracts file name → text
 * @param packageFolder of another package than that of the contracts
 */
export function sharePipeline(
  contracts: Record<string, string>,
  packageFolder?: (contractsDir: string) => Promise<string>,
): SharedPipeline {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-one-pipeline-'))
  const before = { ...process.env }
  const shared: Partial<Pick<SharedPipeline, 'pipeline' | 'owner'>> = {}
  const place = (...names: string[]) => join(folder, ...names)
  const write = (path: string, text: string) => {
    mkdirSync(dirname(place(path)), { recursive: true })
    writeFileSync(place(path), text)
  }
  beforeAll(async () => {
    for (const [name, text] of Object.entries(contracts)) write(`contracts/${name}`, text)
    const contractsDir = place('contracts')
    shared.pipeline = await startPipeline({
      contractsDir,
      small: true,
      ...(packageFolder && { packageFolder: await packageFolder(contractsDir) }),
    })
    const { endpoint, accessKeyId } = shared.pipeline
    shared.owner = createClients(endpoint, accessKeyId)
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'local',
    })
  }, 600_000)
  afterAll(async () => {
    shared.owner?.destroy()
    await shared.pipeline?.stop()
    process.env = before
    rmSync(folder, { recursive: true, force: true })
  })
  return Object.assign(shared as SharedPipeline, { place, write })
}

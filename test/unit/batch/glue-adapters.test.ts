import {
  BatchGetPartitionCommand,
  BatchStopJobRunCommand,
  EntityNotFoundException,
  GetDataQualityResultCommand,
  GetJobRunsCommand,
  GetTableCommand,
  GlueClient,
} from '@aws-sdk/client-glue'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, describe, expect, it } from 'vitest'
import { glueJobRuns } from '../../../functions/adapters/glue/job-runs.ts'
import { gluePartitionProof } from '../../../functions/adapters/glue/partition-proof.ts'
import { glueQualityResults } from '../../../functions/adapters/glue/quality-results.ts'

const client = new GlueClient({ region: 'eu-central-1' })
const glue = mockClient(client)
beforeEach(() => glue.reset())

describe('job runs in Glue', () => {
  const run = (Id: string, JobRunState: 'RUNNING' | 'STOPPING' | 'SUCCEEDED' | 'WAITING', batch: string, day: number) => ({
    Id,
    JobRunState,
    Arguments: { '--batch_id': batch },
    StartedOn: new Date(Date.UTC(2025, 0, day)),
  })

  it('are found alive by their batch, no further back than the batch goes', async () => {
    glue
      .on(GetJobRunsCommand)
      .resolvesOnce({
        JobRuns: [run('a', 'RUNNING', 'b1', 5), run('b', 'RUNNING', 'b2', 5), run('c', 'STOPPING', 'b1', 4)],
        NextToken: '1',
      })
      .resolvesOnce({ JobRuns: [run('d', 'SUCCEEDED', 'b1', 4), run('e', 'WAITING', 'b1', 2)], NextToken: '2' })
      .rejects(new Error('looked too far'))
    expect(await glueJobRuns('curate', client).live('b1', new Date(Date.UTC(2025, 0, 3)))).toEqual([
      { id: 'a', stopping: false, runningSince: new Date(Date.UTC(2025, 0, 5)) },
      { id: 'c', stopping: true },
      { id: 'e', stopping: false },
    ])
  })

  it('are stopped; one that has ended meanwhile is no error, one that cannot be stopped is', async () => {
    const refused = (ErrorMessage: string) => ({
      Errors: [{ JobRunId: 'a', ErrorDetail: { ErrorCode: 'InvalidInputException', ErrorMessage } }],
    })
    glue.on(BatchStopJobRunCommand).resolvesOnce({}).resolvesOnce(refused('Job run is in terminal state SUCCEEDED')).resolves(refused('no'))
    const jobRuns = glueJobRuns('curate', client)
    await jobRuns.stop(['a'])
    await jobRuns.stop(['a'])
    await expect(jobRuns.stop(['a'])).rejects.toMatchObject({ name: 'TransientDependencyError' })
  })
})

describe('quality results in Glue', () => {
  it('are read rule by rule', async () => {
    glue.on(GetDataQualityResultCommand).resolves({
      Score: 0.5,
      RuleResults: [{ Name: 'Rule_1', Description: 'RowCount > 0', Result: 'PASS' }, { Result: 'FAIL', EvaluationMessage: 'Value: 1' }, {}],
    })
    expect(await glueQualityResults(client).find('x')).toEqual({
      score: 0.5,
      rules: [
        { name: 'Rule_1', description: 'RowCount > 0', result: 'PASS', message: undefined },
        { name: '', description: '', result: 'FAIL', message: 'Value: 1' },
        { name: '', description: '', result: undefined, message: undefined },
      ],
    })
  })

  it('that are not there are undefined; any other failure is one', async () => {
    glue
      .on(GetDataQualityResultCommand)
      .rejectsOnce(new EntityNotFoundException({ message: 'none', $metadata: {} }))
      .rejects(new Error('denied'))
    expect(await glueQualityResults(client).find('x')).toBeUndefined()
    await expect(glueQualityResults(client).find('x')).rejects.toThrow('denied')
  })
})

describe('the proof of partitions in Glue', () => {
  const table = { Table: { Name: 'orders', PartitionKeys: [{ Name: 'year' }, { Name: 'day' }] } }

  it('asks in the order of the table, a thousand at a time, and again for what was left over', async () => {
    const partitions = Array.from({ length: 1001 }, (_, n) => ({ day: `${n}`, year: '2025' }))
    glue.on(GetTableCommand).resolves(table)
    glue.on(BatchGetPartitionCommand).callsFake(({ PartitionsToGet }) => {
      const [first, ...rest] = PartitionsToGet
      const known = (values: { Values: string[] }[]) => values.filter(({ Values }) => Values[1] !== '7')
      return rest.length > 900 ? { Partitions: known(rest), UnprocessedKeys: [first] } : { Partitions: known(PartitionsToGet) }
    })
    expect(await gluePartitionProof('db', client).missing('orders', partitions)).toEqual([{ day: '7', year: '2025' }])
    expect(glue.commandCalls(BatchGetPartitionCommand)[0]?.args[0].input.PartitionsToGet?.[0]).toEqual({ Values: ['2025', '0'] })
  })

  it('counts as missing what Glue never gets round to', async () => {
    glue.on(GetTableCommand).resolves(table)
    glue.on(BatchGetPartitionCommand).callsFake(({ PartitionsToGet }) => ({ UnprocessedKeys: PartitionsToGet }))
    expect(await gluePartitionProof('db', client).missing('orders', [{ year: '1', day: '2' }])).toHaveLength(1)
  })

  it('asks nothing when there is nothing to prove', async () => {
    expect(await gluePartitionProof('db', client).missing('orders', [])).toEqual([])
    expect(glue.calls()).toEqual([])
  })
})

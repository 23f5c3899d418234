import { InvokeCommand } from '@aws-sdk/client-lambda'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, it } from 'vitest'
import { unusedPermissions, writePermissionReport } from '../../../laptop/iam/permission-report.ts'
import { judgeCalls } from '../../gates/referee/referee.ts'
import { execute } from './executions.ts'
import type { SharedPipeline } from './shared-pipeline.ts'

export const PERMISSIONS_CONTRACT = `
dataset: payments
owner: sales@example.com
source: { format: csv, options: { header: true }, partition_keys: [month] }
columns: { id: string, amount: "decimal(12,2)", day: date }
primary_key: [id]
latest_by: [amount]
quarantine: { rules: { negative: amount < 0 }, warn_rate: 0.3, halt_rate: 0.7 }
quality: Rules = [ RowCount > 0, IsUnique "id", ReferentialIntegrity "id" "others.id" >= 0.0 ]
references: { others: stock }
curated: { partition_by: [day] }
`

type Waves = Record<string, Record<string, string[]>>
const WAVES: Waves = {
  first: { '2025-01': ['a,1,2025-01-01', 'b,-1,2025-01-01', 'c,2,2025-01-02'], '2025-02': ['d,1,2025-02-01'] },
  // Existing rows are replaced, and a quarantined row is repaired.
  second: { '2025-01': ['a,3,2025-01-01', 'b,1,2025-01-01'] },
  // Too much of it is bad.
  bad: { '2025-03': ['x,-1,2025-03-01', 'y,-1,2025-03-01'] },
}

/** A day in the life of every role. It comes last: what it finds is about all that the pipeline has done. */
export const permissions = (shared: SharedPipeline) =>
  describe('the role of each part', () => {
    beforeAll(async () => {
      const { pipeline, owner } = shared
      for (const [name, months] of Object.entries(WAVES)) {
        for (const [month, rows] of Object.entries(months))
          shared.write(`permissions/${name}/payments/month=${month}/${name}.csv`, `id,amount,day\n${rows.join('\n')}\n`)
        await pipeline.land(shared.place('permissions', name))
        await pipeline.settle()
      }
      const Bucket = 'sluice-dev-raw-123456789012-us-east-1'
      await owner.s3.send(new DeleteObjectCommand({ Bucket, Key: 'raw/payments/month=2025-03/bad.csv' }))
      await pipeline.settle()
      const byHand = await execute(owner, 'ingest', { dataset: 'payments', push_down_predicate: "month = '2025-01'" })
      expect(byHand.status, byHand.cause).toBe('SUCCEEDED')
      const backfill = await execute(owner, 'backfill', { dataset: 'payments', from: '2025-01', only: 'all', reason: 'a test' })
      expect(backfill.status, backfill.cause).toBe('SUCCEEDED')
      await owner.lambda.send(new InvokeCommand({ FunctionName: 'sluice-dev-sweep' }))
      // Its schedule is off by default.
      expect((await owner.lambda.send(new InvokeCommand({ FunctionName: 'sluice-dev-digest' }))).FunctionError).toBeUndefined()
      await pipeline.settle()
    }, 900_000)

    it('needs nothing that its policies do not allow', () => {
      expect(shared.pipeline.permissions().denials).toEqual([])
      const outcomes = shared.pipeline
        .batches()
        .filter(({ dataset }) => dataset === 'payments')
        .map(({ status, error = '' }) => `${status} ${error.split(':')[0]}`)
      expect(outcomes.filter((outcome) => outcome !== 'SUCCEEDED ')).toEqual(['FAILED QuarantineRateError'])
    })

    it("makes no call that AWS's own service models would refuse", async () => {
      const calls = shared.pipeline.permissions().calls.map(({ role, ...call }) => ({ ...call, where: `${role}: ${call.operation}` }))
      expect((await judgeCalls(calls)).problems).toEqual([])
      for (const service of ['glue', 'dynamodb', 'sqs', 'states']) expect(calls.map((call) => call.service)).toContain(service)
    })

    it('leaves nothing unused, but what infra/exceptions.yml gives a reason for', () => {
      const { grants } = shared.pipeline.permissions()
      writePermissionReport(grants)
      const { unjustified, pointless } = unusedPermissions(grants)
      expect(unjustified).toEqual([])
      expect(pointless).toEqual([])
    })
  })

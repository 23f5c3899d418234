import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Pipeline, startPipeline } from '../../local/pipeline.ts'
import { exceptions } from '../contract/template.ts'

const work = mkdtempSync(join(tmpdir(), 'sluice-permissions-'))
let pipeline: Pipeline

beforeAll(async () => {
  const contracts = join(work, 'contracts')
  const landing = join(work, 'input', 'orders', 'day=2025-01-01')
  mkdirSync(contracts)
  mkdirSync(landing, { recursive: true })
  writeFileSync(
    join(contracts, 'orders.yml'),
    `dataset: orders
owner: me@example.com
source: { format: csv, options: { header: true }, partition_keys: [day] }
columns: { id: string, amount: "decimal(12,2)" }
primary_key: [id]
quality: Rules = [ RowCount > 0, IsUnique "id" ]
`,
  )
  writeFileSync(join(landing, 'orders.csv'), 'id,amount\na,1.00\nb,2.00\nc,wrong\n')
  pipeline = await startPipeline({ contractsDir: contracts })
  await pipeline.land(join(work, 'input'))
  await pipeline.settle()
}, 300_000)
afterAll(async () => {
  await pipeline?.stop()
  rmSync(work, { recursive: true, force: true })
})

describe('a batch under the roles of the template', () => {
  it('succeeds, and is refused nothing', () => {
    expect(pipeline.permissions().denials).toEqual([])
    expect(pipeline.batches()).toEqual([expect.objectContaining({ dataset: 'orders', status: 'SUCCEEDED' })])
  })

  it('uses every permission that infra/exceptions.yml does not excuse', () => {
    const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`)
    const excused = exceptions().unusedByOneBatch.map(({ roles, actions }) => ({ roles: whole(roles), actions: whole(actions) }))
    const unexplained = Object.entries(pipeline.permissions().unused).flatMap(([name, actions]) => {
      const role = name.replace(/^sluice-laptop-/, '')
      return actions
        .filter((action) => !excused.some((known) => known.roles.test(role) && known.actions.test(action)))
        .map((action) => `${role}: ${action}`)
    })
    expect(unexplained).toEqual([])
  })
})

import { afterEach, expect, it, vi } from 'vitest'
import type { Deployment } from '../../../../cli/deployment/connect.ts'
import { tablePreview } from '../../../../cli/report/sources/table-preview.ts'
import { parseContract } from '../../../../functions/domain/contract/file.ts'
import { ORDERS } from '../../contract/orders.ts'

afterEach(() => vi.unstubAllEnvs())

it('of an Iceberg table on AWS it has no rows, and the command that shows some', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', '')
  const parsed = parseContract(ORDERS, 'orders.yml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const contract = { ...parsed.contract, curated: { ...parsed.contract.curated, format: 'iceberg' as const } }
  expect(await tablePreview(contract, { stage: 'prod' } as Deployment, new Set())).toEqual({
    columns: [],
    rows: [],
    why: 'On AWS the report reads no rows of an Iceberg table. To see some: npx --no-install sluice query "SELECT * FROM orders LIMIT 10" --stage prod',
  })
})

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readPackage } from '../../infra/packaged.ts'
import { packageOnce } from '../../laptop/pipeline/package-once.ts'
import { root, stateFolder } from '../../setup/places.mjs'

/** CloudFormation's quotas of one template. */
const LIMITS = { resources: 500, bytes: 1_000_000, parameters: 200, outputs: 200 }
const DATASETS = 100

const folder = join(stateFolder, 'hundred-contracts')
let packaged: ReturnType<typeof readPackage>
beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (let number = 0; number < DATASETS; number += 1) {
    const name = `dataset_${String(number).padStart(3, '0')}`
    writeFileSync(join(folder, `${name}.yml`), contract(name))
  }
  packaged = readPackage(await packageOnce(folder))
}, 180_000)

// Wide on purpose: 60 columns stand in four tables.
function contract(name: string): string {
  const columns = Array.from({ length: 60 }, (_, index) => `  a_rather_long_column_name_${index}: decimal(38,18)`)
  return `dataset: ${name}
owner: somebody@example.com
source: { format: csv, partition_keys: [delivered] }
columns:
  id: string
${columns.join('\n')}
primary_key: [id]
quality: Rules = [ RowCount > 0, IsComplete "id", IsUnique "id" ]
`
}

describe('a hundred datasets', () => {
  it('stay within the limits of every template', () => {
    for (const [file, template] of Object.entries(packaged.files)) {
      expect(Object.keys(template.Resources).length, file).toBeLessThan(LIMITS.resources)
      expect(statSync(file).size, file).toBeLessThan(LIMITS.bytes)
      expect(Object.keys(template.Parameters ?? {}).length, file).toBeLessThan(LIMITS.parameters)
    }
  })

  it('each have their tables, crawlers and ruleset', () => {
    const resources = Object.values(packaged.template.Resources)
    const count = (type: string) => resources.filter(({ Type }) => Type === type).length
    expect(count('AWS::Glue::Table')).toBe(4 * DATASETS)
    expect(count('AWS::Glue::Crawler')).toBe(2 * DATASETS)
    expect(count('AWS::Glue::DataQualityRuleset')).toBe(DATASETS)
  })

  it('may all run at once', () => {
    const { ExecutionProperty } = packaged.template.Resources.CurateJob?.Properties as { ExecutionProperty: { MaxConcurrentRuns: number } }
    expect(ExecutionProperty.MaxConcurrentRuns).toBeGreaterThanOrEqual(DATASETS)
  })
})

it('serverless.yml is a page: under 200 lines', () => {
  expect(readFileSync(join(root, 'serverless.yml'), 'utf8').split('\n').length).toBeLessThan(200)
})

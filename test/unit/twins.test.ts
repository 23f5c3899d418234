// What is written twice, here and in Python: test/glue/test_twins.py reads the same files of cases.
import { describe, expect, it } from 'vitest'
import { forecastCompaction } from '../../functions/domain/batch/compaction.ts'
import { manifestSchema } from '../../functions/domain/batch/manifest/manifest.ts'
import { rowsAreConserved } from '../../functions/domain/batch/manifest/row-counts.ts'
import { planSchema } from '../../functions/domain/batch/plan.ts'
import { contractSchema, hiddenColumns } from '../../functions/domain/contract/contract.ts'
import { folderValues, hiveDecoded } from '../../functions/domain/partition/partition.ts'
import filesPerPartition from '../cases/files-per-partition.json' with { type: 'json' }
import hiddenCases from '../cases/hidden-columns.json' with { type: 'json' }
import hivePaths from '../cases/hive-paths.json' with { type: 'json' }
import manifests from '../cases/manifests.json' with { type: 'json' }
import plans from '../cases/plans.json' with { type: 'json' }

describe('twins', () => {
  it.each(hiddenCases)('in alerts and reports: $name', ({ columns, alerts, hidden }) => {
    const written = { dataset: 'people', owner: 'a@example.com', source: { format: 'csv' }, primary_key: ['id'], columns, alerts }
    expect(hiddenColumns(contractSchema.parse(written))).toEqual(hidden)
  })

  it.each(plans)('plans of $plan.source have the shape that is agreed on', ({ plan }) => {
    expect(planSchema.parse(plan)).toEqual(plan)
  })

  it.each(manifests)('manifests of $manifest.source have the shape that is agreed on', ({ manifest }) => {
    expect(manifestSchema.parse(manifest)).toEqual(manifest)
    expect(rowsAreConserved(manifestSchema.parse(manifest))).toBe(true)
  })

  it.each(hivePaths.filter(({ path }) => path !== ''))('$path holds the values that Hive wrote', ({ path, keys, values }) => {
    const decoded = Object.entries(folderValues(path)).map(([key, value]) => [key, hiveDecoded(value)])
    expect(Object.fromEntries(decoded)).toEqual(Object.fromEntries(keys.map((key, index) => [key, values[index]])))
  })

  it.each(filesPerPartition)('$sizes bytes make $files files of $target_file_mb MB', ({ sizes, target_file_mb, files }) => {
    const objects = sizes.map((size, index) => ({ key: `curated/orders/day=1/${index}.parquet`, size }))
    const { crowded } = forecastCompaction(objects, { dataset: 'orders', curated: { partition_by: ['day'], target_file_mb } } as never)
    expect(crowded.map(({ filesAfter }) => filesAfter)).toEqual(sizes.length > files ? [files] : [])
  })
})

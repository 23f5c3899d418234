import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { root } from '../../setup/places.mjs'
import { packagedService, propertiesOf } from './template.ts'

/** https://docs.aws.amazon.com/glue/latest/dg/release-notes.html: the Spark and Python of each version that could be used here. */
const SPARK: Record<string, string> = { '5.0': '3.5.4', '5.1': '3.5.6' }

let job: { GlueVersion: string; DefaultArguments: Record<string, unknown> }
beforeAll(async () => {
  job = propertiesOf((await packagedService()).resources.CurateJob)
}, 120_000)

it("the job's Spark is the laptop's", () => {
  const pinned = /^pyspark==([\d.]+)/m.exec(readFileSync(join(root, 'setup', 'requirements.txt'), 'utf8'))?.[1]
  expect(SPARK[job.GlueVersion]).toBe(pinned)
})

it('S3A has its region in the settings, and need not ask for it', () => {
  expect(job.DefaultArguments['--conf']).toEqual({
    'Fn::Sub': 'spark.hadoop.fs.s3a.endpoint.region=${AWS::Region} --conf spark.sluice.internals=on',
  })
})

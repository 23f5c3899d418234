import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DERIVED_TYPES_FILE, readDerivedTypes, typesIn } from '../../functions/domain/contract/derived-types.ts'
import { readContractsFolder } from '../../infra/packaging/contract-files.ts'
import { root } from '../../setup/places.mjs'

// `sluice validate --check` asks whether Spark still reports these types; this test needs no Spark.
it('derived-types.json has the types of every contract that is committed', async () => {
  const folder = join(root, 'datasets')
  const file = join(folder, DERIVED_TYPES_FILE)
  const committed = readDerivedTypes(existsSync(file) ? readFileSync(file, 'utf8') : undefined)
  const { files } = await readContractsFolder(folder)

  const stale = files.flatMap(({ contract }) => (contract && typesIn(committed, contract) === undefined ? contract.dataset : []))

  expect(stale, 'run `npx sluice validate` and commit datasets/derived-types.json').toEqual([])
})

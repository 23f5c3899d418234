import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CANARY } from '../../cli/smoke/canary.ts'
import { root } from '../../setup/places.mjs'
import { BY_HAND_CONTRACT, byHand } from './one-pipeline/by-hand.ts'
import { COMPACT_CONTRACT, compact } from './one-pipeline/compact.ts'
import { GOLD_CONTRACTS, gold } from './one-pipeline/gold.ts'
import { PERMISSIONS_CONTRACT, permissions } from './one-pipeline/permissions.ts'
import { sharePipeline } from './one-pipeline/shared-pipeline.ts'
import { smokeTests } from './one-pipeline/smoke.ts'

// A pipeline takes half a minute to start, and holds many datasets: a new end-to-end test joins here with a dataset of its own.
const shared = sharePipeline({
  'sales.yml': BY_HAND_CONTRACT,
  'stock.yml': COMPACT_CONTRACT,
  'payments.yml': PERMISSIONS_CONTRACT,
  ...GOLD_CONTRACTS,
  [`${CANARY}.yml`]: readFileSync(join(root, 'infra', 'canary', `${CANARY}.yml`), 'utf8'),
})

byHand(shared)
compact(shared)
smokeTests(shared)
gold(shared)
permissions(shared)

import type { ContractDraft } from '../draft.ts'
import { DATASET_NAME } from '../names.ts'
import type { Say } from './problem.ts'

/** References are for DQDL, and name other datasets. */
export function checkQuality({ quality, references, dataset }: ContractDraft, say: Say): void {
  if (quality === undefined && references.size > 0) say(['references'], 'is for DQDL, and there is no quality field')
  for (const [alias, named] of references) {
    if (alias.toLowerCase() === 'primary') say(['references', alias], '"primary" is what DQDL calls the batch itself; choose another alias')
    if (named && named === dataset && DATASET_NAME.test(named)) {
      say(['references', alias], 'refers to the dataset itself; DQDL calls it "primary"')
    }
  }
}

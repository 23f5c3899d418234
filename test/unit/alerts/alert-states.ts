import type { AlertState, AlertStates } from '../../../functions/ports/alerts.ts'

/** Alert states of one dataset; `up` has the kinds that have a row, and a test may put one there: it is firing, and was told. */
export function alertStatesOf(up: Set<string>): AlertStates {
  const rows = new Map<string, AlertState>()
  const find = (dataset: string, kind: string) =>
    up.has(kind) ? (rows.get(kind) ?? { dataset, kind, firing: true, since: '', revision: 0 }) : undefined
  const save = async (state: AlertState) => {
    up.add(state.kind)
    rows.set(state.kind, { ...state, revision: state.revision + 1 })
    return true
  }
  const remove = async ({ kind }: AlertState) => {
    rows.delete(kind)
    return up.delete(kind)
  }
  return {
    save,
    remove,
    find: async (dataset, kind) => find(dataset, kind),
    untold: async (dataset) => [...up].flatMap((kind) => find(dataset, kind) ?? []).filter(({ untold }) => untold !== undefined),
    firing: async (dataset) => [...up].flatMap((kind) => find(dataset, kind) ?? []).filter(({ firing }) => firing),
  }
}

/** A trouble of before, of which people were told. */
export async function existingTrouble({ alertStates }: { alertStates: AlertStates }, dataset: string, kind: string): Promise<void> {
  await alertStates.save({ dataset, kind, firing: true, since: '', revision: 0 })
}

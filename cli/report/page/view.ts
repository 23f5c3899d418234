import type { DatasetModel, ReportModel } from '../model/model.ts'

/** What a person has chosen to see; it survives new data. */
export interface View {
  model: ReportModel
  dataset: string | null
  batchId: string | null
  alertId: string | null
  allAlerts: boolean
  /** Part of a dataset's name, owner or description. */
  search: string
  /** Rows shown of the table of runs. */
  runs: number
  runsOf: 'all' | 'failed' | 'succeeded' | 'running'
  allPartitions: boolean
  /** Sections that were opened, by their key. */
  opened: Set<string>
  now: number
  /** The server of a live page does not answer. */
  lost: boolean
}

/** What the parts of the page may ask for. */
export interface Actions {
  choose(dataset: string): void
  openBatch(batchId: string): void
  openAlert(alertId: string): void
  change(changes: Partial<View>): void
}

export const RUNS_AT_ONCE = 25

/** The first, until a person or a link chooses; undefined when a link names one that is not here. */
export const chosenDataset = ({ model, dataset }: View): DatasetModel | undefined =>
  dataset === null ? model.datasets[0] : model.datasets.find((each) => each.dataset === dataset)

import { readFileSync } from 'node:fs'

export interface StateJson {
  Type: string
  Resource?: string
  Retry?: { ErrorEquals: string[] }[]
  Catch?: { ErrorEquals: string[]; Next: string }[]
  TimeoutSeconds?: number | string
  Branches?: MachineJson[]
  ItemProcessor?: MachineJson
  [field: string]: unknown
}
export interface MachineJson {
  StartAt: string
  TimeoutSeconds?: number
  States: Record<string, StateJson>
}

const VALUES: Record<string, string> = {
  LeaseWaitSeconds: '43200',
  LeasePollSeconds: '60',
  JobSlotWaitSeconds: '43200',
  JobSlotPollSeconds: '60',
  StrayRunWaitSeconds: '900',
  PollSeconds: '15',
  QualityWorkers: '5',
  QualityTimeoutMinutes: '60',
  CrawlWaitSeconds: '3600',
  ChunkPollSeconds: '60',
  RetrySeconds: '60',
  IngestStateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:sluice-dev-ingest',
  LakeBucketName: 'lake',
}

export const machineText = (name: string) => readFileSync(new URL(`../../../statemachines/${name}.asl.json`, import.meta.url), 'utf8')

/** As it is deployed; the name of its placeholder replaces each ARN, such as `PrepareBatchFunctionArn`. */
export const machineTextWithValues = (name: string) => withValues(machineText(name))
export const withValues = (text: string) => text.replaceAll(/\$\{(\w+)\}/g, (_, placeholder: string) => VALUES[placeholder] ?? placeholder)

export const machine = (name: string): MachineJson => JSON.parse(machineTextWithValues(name))

export function* statesOf(definition: MachineJson): Generator<[string, StateJson]> {
  for (const [name, state] of Object.entries(definition.States)) {
    yield [name, state]
    for (const inner of [...(state.Branches ?? []), ...(state.ItemProcessor ? [state.ItemProcessor] : [])]) yield* statesOf(inner)
  }
}

/** Stage that the command line takes without being told. */
const DEFAULT_STAGE = 'dev'

/** `npx sluice <words>` for the deployment that the execution belongs to, to be pasted as it is. */
export function sluiceCommand(executionArn: string, ...words: string[]): string {
  const stage = /:execution:sluice-(.+)-(?:ingest|backfill):/.exec(executionArn)?.[1] ?? DEFAULT_STAGE
  return ['npx sluice', ...words, ...(stage === DEFAULT_STAGE ? [] : [`--stage ${stage}`])].join(' ')
}

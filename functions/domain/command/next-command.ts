/** The deployment that a command is for: the options that each such command takes (cli/deployment/options.ts). */
export interface CommandTarget {
  stage: string
  /** The pipeline that `sluice up` runs on this machine; the other options are left out then. */
  local?: boolean | undefined
  profile?: string | undefined
  region?: string | undefined
}

/** Every command that a message, an alert or the report advises, as its words. A test gives each to the real command line. */
export const NEXT_COMMANDS = {
  status: (dataset?: string) => ['status', ...optional(dataset)],
  runs: (dataset: string) => ['runs', dataset],
  showQuarantine: (dataset: string) => ['quarantine', 'show', dataset],
  landingLog: () => ['logs', 'record-landings', '--match', 'no contract looks'],
  resume: (dataset: string) => ['resume', dataset],
  redrive: (batchId: string) => ['redrive', batchId],
  dismiss: (batchId: string, reason: string) => ['dismiss', batchId, '--reason', reason],
  discardBatch: (dataset: string, batchId: string, reason: string) => [
    ...['quarantine', 'discard', dataset, '--batch', batchId],
    ...['--reason', reason],
  ],
  listDeadLetters: () => ['dead-letters', 'list'],
  redriveDeadLetters: () => ['dead-letters', 'redrive'],
  backfill: (dataset: string, options: string[]) => ['backfill', dataset, ...options],
  migrate: (dataset: string, to: string) => ['migrate', dataset, '--to', to],
  extract: (dataset: string) => ['extract', dataset, '--now'],
  report: (input?: string) => ['report', ...(input === undefined ? [] : ['--input', input])],
  serveReport: () => ['report', '--serve'],
  subscribe: (endpoint: string) => ['subscribe', endpoint],
  subscribeDigest: (endpoint: string) => ['subscribe', endpoint, '--digest'],
  up: () => ['up'],
  validate: (contracts?: string) => ['validate', ...(contracts === undefined ? [] : ['--contracts', contracts])],
} satisfies Record<string, (...given: never[]) => string[]>
const optional = (word: string | undefined) => (word === undefined ? [] : [word])

/**
 * The command as a shell takes it. `--no-install`: without it, npx outside a clone asks the registry for a package of that name.
 * @param target undefined for a command that works on files of this machine alone
 */
export function sluiceCommand(words: string[], target?: CommandTarget): string {
  return ['npx --no-install sluice', ...[...words, ...(target === undefined ? [] : optionsOf(target))].map(shellWord)].join(' ')
}

function optionsOf({ stage, local, profile, region }: CommandTarget): string[] {
  if (local) return ['--local']
  return ['--stage', stage, ...(profile ? ['--profile', profile] : []), ...(region ? ['--region', region] : [])]
}

const shellWord = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** The stage in an ARN of one of its resources, such as an execution or the alert topic. */
export function stageOfArn(arn: string): string {
  return /:sluice-(.+)-(?:ingest|backfill|extract|alerts|digest)(?::|$)/.exec(arn)?.[1] ?? 'dev'
}

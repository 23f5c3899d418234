import type { ReadableFailure } from '../batch/failure.ts'
import type { ConsoleLinks } from './console-links.ts'

export const ALERT_KINDS = [
  'quarantine-rate',
  'quality-gate',
  'batch-failed',
  'crawl-failed',
  'publication-cut-off',
  'backfill-finished',
  'recovered',
] as const
export type AlertKind = (typeof ALERT_KINDS)[number]
export type Severity = 'info' | 'warning' | 'critical'

/** Everything that an alert may say; each kind says what it has. Never a row's values beyond its key. */
export interface Alert {
  kind: AlertKind
  severity: Severity
  dataset: string
  owner?: string
  batchId?: string
  /** One sentence: what was observed, against which limit. */
  message: string
  observed?: Record<string, number | string>
  rows?: { read: number; written: number; duplicates: number; superseded: number; quarantined: number }
  /** Where the files differ from the contract, in words. */
  drift?: string
  /** Reason, rows; most first. */
  reasons?: [string, number][]
  failedRules?: { rule: string; message: string }[]
  /** Glue's own names for the evaluation. */
  qualityRun?: { runId: string; resultIds: string[] }
  /** Chunks of a backfill, with why. */
  failedChunks?: string[]
  /** Keys of the first few quarantined rows. */
  examples?: { key: Record<string, string | null>; reasons: string[]; file: string }[]
  /** Where the quarantined rows lie. */
  quarantineFiles?: string[]
  failure?: ReadableFailure
  links?: ConsoleLinks
  /** The exact commands to go on with, most useful first. */
  next: string[]
}

const REASONS_SHOWN = 10
const FILES_SHOWN = 5

/** The same facts in words for mail and as JSON for machines. */
export function alertMessage(alert: Alert) {
  const reasons = (alert.reasons ?? []).slice(0, REASONS_SHOWN)
  const quarantineFiles = (alert.quarantineFiles ?? []).slice(0, FILES_SHOWN)
  return {
    subject: `[sluice] ${alert.severity}: ${alert.dataset} ${alert.kind}`,
    text: mailText({ ...alert, reasons, quarantineFiles }),
    json: {
      ...alert,
      ...(alert.reasons && { reasons: reasons.map(([reason, count]) => ({ reason, rows: count })) }),
      ...(alert.quarantineFiles && { quarantineFiles }),
    },
    attributes: { dataset: alert.dataset, kind: alert.kind, severity: alert.severity },
  }
}

function mailText(alert: Alert): string {
  const { rows, failure, links = {} } = alert
  const section = (title: string, lines: string[]) => (lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)])
  return [
    alert.message,
    '',
    `Dataset:  ${alert.dataset}`,
    ...(alert.owner ? [`Owner:    ${alert.owner}`] : []),
    ...(alert.batchId ? [`Batch:    ${alert.batchId}`] : []),
    ...(rows
      ? [
          `Rows:     ${rows.read} read = ${rows.written} written + ${rows.duplicates} duplicates + ${rows.superseded} superseded + ${rows.quarantined} quarantined`,
        ]
      : []),
    ...(alert.drift ? [`Columns:  ${alert.drift}`] : []),
    ...(failure ? [`Error:    ${failure.error}: ${failure.message}`] : []),
    ...section(
      'Reasons (rows)',
      (alert.reasons ?? []).map(([reason, count]) => `${count}  ${reason}`),
    ),
    ...(alert.qualityRun
      ? [`Judged:   quality run ${alert.qualityRun.runId}, result ${alert.qualityRun.resultIds.join(', ') || 'none'}`]
      : []),
    ...section(
      'Rules that failed',
      (alert.failedRules ?? []).map(({ rule, message }) => `${rule}: ${message}`),
    ),
    ...section('Chunks that failed', alert.failedChunks ?? []),
    ...section('For example', (alert.examples ?? []).map(exampleLine)),
    ...section('Quarantined rows lie in', alert.quarantineFiles ?? []),
    ...section(
      'Look',
      Object.entries(links).map(([name, url]) => `${LINK_NAMES[name] ?? name}: ${url}`),
    ),
    ...section('Do', alert.next),
    '',
  ].join('\n')
}

const LINK_NAMES: Record<string, string> = { execution: 'Execution', jobRun: 'Job run', stagedTable: 'Staged table and its data quality' }

const exampleLine = ({ key, reasons, file }: NonNullable<Alert['examples']>[number]) =>
  `${Object.entries(key)
    .map(([name, value]) => `${name}=${value ?? 'NULL'}`)
    .join(', ')}: ${reasons.join(', ')} in ${file}`

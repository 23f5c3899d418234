import { conservation } from '../batch/manifest/row-counts.ts'
import type { Alert } from './alert.ts'
import { chatMessage } from './chat-message.ts'
import type { Incident } from './incident.ts'
import { pagerDutyEvents } from './pager-duty.ts'

const REASONS_SHOWN = 10
const FILES_SHOWN = 5

/** The same facts as a mail, for a chat, and as JSON for machines. */
export function alertMessage(alert: Alert, incident: Incident = {}) {
  const reasons = (alert.reasons ?? []).slice(0, REASONS_SHOWN)
  const quarantineFiles = (alert.quarantineFiles ?? []).slice(0, FILES_SHOWN)
  return {
    subject: `[sluice] ${alert.severity}: ${alert.dataset} ${alert.kind}`,
    text: mailText({ ...alert, reasons, quarantineFiles }),
    chat: chatMessage(alert, incident),
    json: {
      ...alert,
      ...(alert.reasons && { reasons: reasons.map(([reason, count]) => ({ reason, rows: count })) }),
      ...(alert.quarantineFiles && { quarantineFiles }),
      pagerDuty: pagerDutyEvents(alert, incident),
    },
    attributes: { dataset: alert.dataset, kind: alert.kind, severity: alert.severity },
  }
}

function mailText(alert: Alert): string {
  const { rows, failure, qualityRun, links = {} } = alert
  const { reasons = [], failedRules = [], examples = [], unfinished = [] } = alert
  return [
    alert.message,
    '',
    ...field('Dataset', alert.dataset),
    ...field('Owner', alert.owner),
    ...field('Batch', alert.batchId),
    ...field('Rows', rows && conservation(rows, alert.replaced)),
    ...field('Columns', alert.drift),
    ...field('Error', failure && `${failure.error}: ${failure.message}`),
    ...section(
      'Reasons (rows)',
      reasons.map(([reason, count]) => `${count}  ${reason}`),
    ),
    ...field('Quality', qualityRun && `run ${qualityRun.runId}, result ${qualityRun.resultIds.join(', ') || 'none'}`),
    ...section(
      'Rules that failed',
      failedRules.map(({ rule, message }) => `${rule}: ${message}`),
    ),
    ...section('Chunks that failed', alert.failedChunks ?? []),
    ...section(
      'Failed batches, and their files that are in no table',
      unfinished.flatMap(({ batchId, files }) => [batchId, ...files.map((file) => `  ${file}`)]),
    ),
    ...section('For example', examples.map(exampleLine)),
    ...section('Quarantined rows are in', alert.quarantineFiles ?? []),
    ...section(
      'Look',
      Object.entries(links).map(([name, url]) => `${LINK_NAMES[name] ?? name}: ${url}`),
    ),
    ...section('Do', [...(alert.hint ? [alert.hint] : []), ...alert.next]),
    '',
  ].join('\n')
}

const field = (name: string, value: string | undefined) => (value ? [`${`${name}:`.padEnd(9)} ${value}`] : [])
const section = (title: string, lines: string[]) => (lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)])

const LINK_NAMES: Record<string, string> = { execution: 'Execution', jobRun: 'Job run', stagedTable: 'Staged table and its data quality' }

const exampleLine = ({ key, reasons, file }: NonNullable<Alert['examples']>[number]) =>
  `${Object.entries(key)
    .map(([name, value]) => `${name}=${value ?? 'NULL'}`)
    .join(', ')}: ${reasons.join(', ')} in ${file}`

import type { Alert } from './alert.ts'
import { type Incident, incidentKey } from './incident.ts'

/** Slack shows at most 3,000 characters of a text. */
const LONGEST_TEXT = 2_900
const LINES_SHOWN = 5

/**
 * A custom notification of Amazon Q Developer in chat applications, which shows it in Slack and Teams. Its schema:
 * docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html. The end of a trouble goes into the thread in which it began.
 */
export function chatMessage(alert: Alert, { begins, ends = [] }: Incident) {
  const { stage, dataset, kind, severity, batchId } = alert
  const state = begins ?? ends[0]
  return {
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: `${SIGNS[severity]} ${dataset}: ${kind} (${stage})`,
      description: shortened(description(alert)),
      nextSteps: [...(alert.hint ? [plain(alert.hint)] : []), ...alert.next.map((command) => `\`${plain(command)}\``)],
      keywords: [stage, dataset, kind, severity],
    },
    metadata: {
      ...(state !== undefined && { threadId: incidentKey(alert, state) }),
      summary: shortened(plain(alert.message)),
      eventType: `sluice ${kind}`,
      relatedResources: [dataset, ...(batchId ? [batchId] : [])],
      // Variables of custom actions, such as a button that runs a command, take these.
      additionalContext: { stage, dataset, kind, severity, ...(batchId && { batchId }) },
    },
  }
}

const SIGNS: Record<Alert['severity'], string> = { critical: ':red_circle:', warning: ':large_yellow_circle:', info: ':white_check_mark:' }

function description({ message, owner, rows, drift, failure, links = {}, ...alert }: Alert): string {
  const reasons = (alert.reasons ?? []).slice(0, LINES_SHOWN).map(([reason, count]) => `${count} ${reason}`)
  const rules = (alert.failedRules ?? []).slice(0, LINES_SHOWN).map(({ rule, message: why }) => `${rule}: ${why}`)
  const facts: [string, string | undefined][] = [
    ['Owner', owner],
    ['Rows', rows && `${rows.read} read, ${rows.written} written, ${rows.quarantined} quarantined`],
    ['Columns', drift],
    ['Error', failure && `${failure.error}: ${failure.message}`],
    ['Reasons', reasons.join(', ')],
    ['Rules that failed', rules.join('; ')],
    ...Object.entries(links).map(([name, url]): [string, string] => [LINK_NAMES[name] ?? name, url]),
  ]
  return [plain(message), ...facts.flatMap(([name, value]) => (value ? [`*${name}*: ${plain(value)}`] : []))].join('\n')
}

const LINK_NAMES: Record<string, string> = { execution: 'Execution', jobRun: 'Job run', stagedTable: 'Staged table' }

/** Names in your data must not mention people or make links: Slack reads both from < and >. */
const plain = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', "'")

const shortened = (text: string) => (text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`)

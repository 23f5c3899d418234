import { percent } from '../batch/manifest/manifest-summary.ts'
import { type CommandTarget, NEXT_COMMANDS, sluiceCommand } from '../command/next-command.ts'
import { PRICES } from '../cost/prices.ts'
import { dollars, inFull, plural } from '../words.ts'
import { byUrgency, type DatasetDigest, type Digest, minute, troublesOf } from './digest.ts'
import { datasetLines, WIDTH } from './table.ts'

/** A mail with more would not be read, nor fit what SNS takes (256 KB). */
const MOST_TROUBLED = 50

/** A digest as a mail in plain text, what needs a person first. The subject is ASCII, as SNS asks. */
export function digestMessage(digest: Digest, target: CommandTarget): { subject: string; text: string } {
  const datasets = byUrgency(digest.datasets)
  const troubled = datasets.filter((dataset) => troublesOf(dataset).length > 0)
  const subject = `[sluice] ${target.local ? 'local' : target.stage}: ${summary(datasets, troubled)}`
  const lines = [
    `From ${minute(digest.from)} to ${minute(digest.to)}`,
    '',
    ...(troubled.length > 0 ? [...troubleLines(troubled), ''] : []),
    ...(datasets.length > 0 ? [...datasetLines(datasets, new Date(digest.to)), '', ...totalLines(datasets), ''] : []),
    ...wrapped(
      `Cost is at most this, at list prices of ${PRICES.region} (${PRICES.asOf}). Times are UTC; a day is that of an older batch. Bad is the share of new rows that went to quarantine.`,
    ),
    `Look: ${sluiceCommand(NEXT_COMMANDS.status(), target)}`,
  ]
  return { subject, text: `${subject.replace('[sluice] ', 'Sluice ')}\n${lines.join('\n')}\n` }
}

function summary(datasets: DatasetDigest[], troubled: DatasetDigest[]): string {
  if (datasets.length === 0) return 'no dataset is deployed'
  if (troubled.length === 0) return datasets.length === 1 ? 'the dataset is well' : `all ${inFull(datasets.length)} datasets are well`
  return `${inFull(troubled.length)} of ${plural(datasets.length, 'dataset')} ${troubled.length === 1 ? 'needs' : 'need'} you`
}

function troubleLines(troubled: DatasetDigest[]): string[] {
  const more = troubled.length - MOST_TROUBLED
  return [
    'Needs you',
    ...troubled
      .slice(0, MOST_TROUBLED)
      .flatMap((dataset) => [`  ${dataset.dataset}`, ...troublesOf(dataset).flatMap((trouble) => wrapped(trouble, '    '))]),
    ...(more > 0 ? [`  and ${plural(more, 'more dataset', 'more datasets')}, marked with ! below`] : []),
  ]
}

function totalLines(datasets: DatasetDigest[]): string[] {
  const sum = (of: (dataset: DatasetDigest) => number) => datasets.reduce((total, dataset) => total + of(dataset), 0)
  const [failed, read, waiting] = [sum(({ batches }) => batches.failed), sum(({ rows }) => rows.read), sum((each) => each.waitingRows)]
  const [alerts, uncosted, late] = [
    sum((each) => each.alerts.length),
    sum((each) => each.uncosted),
    sum(({ expected }) => (expected?.late ? 1 : 0)),
  ]
  const rate = read === 0 ? '' : `, ${percent(sum(({ rows }) => rows.quarantined) / read)} of ${plural(read, 'new row')} quarantined`
  return wrapped(
    [
      `Total: ${plural(datasets.length, 'dataset')}${late > 0 ? `, ${inFull(late)} of them late` : ''}`,
      `${plural(
        sum(({ batches }) => batches.ended),
        'batch',
        'batches',
      )}${failed > 0 ? `, ${inFull(failed)} of them failed` : ''}`,
      `${plural(
        sum(({ rows }) => rows.published),
        'row',
      )} published${rate}`,
      ...(waiting > 0 ? [`${plural(waiting, 'row')} ${waiting === 1 ? 'waits' : 'wait'} for the key of a parent`] : []),
      ...(alerts > 0 ? [plural(alerts, 'open alert')] : []),
      `${dollars(sum((each) => each.dollars))} at most${uncosted > 0 ? `, without ${plural(uncosted, 'batch', 'batches')} that left no manifest` : ''}`,
    ].join('; '),
  )
}

/** Broken between words; a word that is longer than a line, such as an address, stays whole. */
function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(lines.length === 0 ? indent + word : `${indent}${indent === '' ? '' : '  '}${word}`)
  }
  return lines
}

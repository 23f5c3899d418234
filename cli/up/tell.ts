import { plural } from '../../functions/domain/words.ts'
import type { Alert, PipelineEvent } from '../../laptop/pipeline.ts'
import { upFolder } from '../deployment/local-connection.ts'
import type { Progress } from '../run/progress.ts'
import { terminal } from '../terminal.ts'

/** What happens while the pipeline runs, a line each. */
export function tell(event: PipelineEvent, progress: Progress): void {
  const { green, red } = terminal.noteColours
  if (event.kind === 'step') progress.step(event.text)
  if (event.kind === 'ready') progress.done()
  if (event.kind === 'ready' && event.restored) terminal.note('Continues where it stopped; --fresh starts with nothing')
  if (event.kind === 'landed') line(`${plural(event.files, 'file')} landed`)
  if (event.kind === 'state') tellOfState(event.trouble)
  if (event.kind === 'topic')
    line(event.trouble === undefined ? `${event.dataset}: its topic is read again` : red(`${event.dataset}: ${event.trouble}`))
  if (event.kind !== 'batch') return
  const status =
    event.status === 'SUCCEEDED' ? green('succeeded') : event.status === 'RUNNING' ? 'running' : red(event.status.toLowerCase())
  line(`${event.batchId} ${status}`)
}

/** The alert as in a mail; `recovered` names the trouble that is over. */
export function tellAlert({ kind, dataset, severity, message }: Alert): void {
  const { green, red, yellow } = terminal.noteColours
  const colour = kind === 'recovered' ? green : severity === 'critical' ? red : yellow
  line(
    `${colour(kind === 'recovered' ? 'Recovered' : `Alert ${kind}`)}${dataset === '' || message.startsWith(`${dataset}: `) ? '' : ` ${dataset}`}: ${message}`,
  )
}

function tellOfState(trouble: string | undefined): void {
  if (trouble === undefined) return line('State is saved again')
  terminal.warn(`state cannot be saved: ${trouble} (${upFolder}). Free some space; until then, you lose new state if this process ends`)
}

const line = (text: string) => terminal.note(`${terminal.noteColours.dim(new Date().toTimeString().slice(0, 8))} ${text}`)

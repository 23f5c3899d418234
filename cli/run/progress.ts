import ora, { type Ora } from 'ora'
import { terminal } from '../terminal.ts'

/** Progress on stderr: a spinner on a terminal, plain lines in a log. */
export function startProgress() {
  const began = Date.now()
  let spinner: Ora | undefined
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`.padStart(5)
  return {
    /** The step that runs now. */
    step(text: string) {
      if (terminal.isLive) {
        spinner ??= ora({ stream: process.stderr }).start()
        spinner.text = text
      } else terminal.note(`${seconds()}  ${text}`)
    },
    /** Something that happened and stays on the screen. */
    happened(text: string) {
      if (!terminal.isLive) return terminal.note(`${seconds()}  ${text}`)
      spinner?.stop()
      terminal.note(`${terminal.noteColours.dim(seconds())}  ${text}`)
      spinner?.start()
    },
    done() {
      spinner?.stop()
    },
  }
}
export type Progress = ReturnType<typeof startProgress>

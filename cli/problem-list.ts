import { relative } from 'node:path'
import type { FileProblem } from '../functions/domain/contract/file.ts'
import { plural } from '../functions/domain/words.ts'
import { terminal } from './terminal.ts'

/** Problems in the format of a compiler, so that editors can jump to `file:line`. */
export function noteProblems(problems: FileProblem[]): void {
  const { bold, red, dim } = terminal.noteColours
  for (const { file, line, field, message } of problems) {
    terminal.note(`${bold(`${shown(file)}:${line}`)} ${red(field)}: ${message}`)
  }
  const files = new Set(problems.map((problem) => problem.file)).size
  terminal.note(dim(`${plural(problems.length, 'problem')} in ${plural(files, 'file')}`))
}

/** text: for people and editors, on stderr. github: annotations of a GitHub workflow, which reads them from stdout. */
export type ProblemFormat = 'text' | 'github'

export function printProblems(problems: FileProblem[], format: ProblemFormat): void {
  if (problems.length === 0) return
  if (format === 'text') return noteProblems(problems)
  for (const { file, line, field, message } of problems)
    terminal.print(`::error file=${property(shown(file))},line=${line},title=${property(field)}::${data(message)}`)
}

// As GitHub's own toolkit escapes the parts of a workflow command.
const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

function shown(file: string): string {
  const near = relative(process.cwd(), file)
  return near === '' || near.startsWith('..') ? file : near
}

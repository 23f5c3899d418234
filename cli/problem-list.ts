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

function shown(file: string): string {
  const near = relative(process.cwd(), file)
  return near === '' || near.startsWith('..') ? file : near
}

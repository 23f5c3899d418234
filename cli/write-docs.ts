// `npm run docs` generates these pages from the code. test/gates/docs.test.ts checks that they are current.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { rolesPage } from '../infra/permissions/roles-page.ts'
import { root } from '../setup/places.mjs'
import { contractJsonSchema } from './contract-schema.ts'
import { buildProgram } from './program.ts'

const docs = fileURLToPath(new URL('../docs/', import.meta.url))

/** File below docs/ → its content. */
export async function generatedDocs(): Promise<Record<string, string>> {
  return {
    'contract.schema.json': `${JSON.stringify(contractJsonSchema(), null, 2)}\n`,
    'roles.md': rolesPage(root),
    'cli.md': cliPage(await buildProgram(() => {})),
  }
}

function cliPage(program: Command): string {
  const sections = [...leaves(program)].map((command) => `## ${pathOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`)
  return `# Command line

\`npm run docs\` writes this page from the commands. Results go to stdout, progress and warnings to stderr. Colours and spinners appear only
on a terminal, never with \`NO_COLOR\`. Exit codes: 0 success, 1 something failed, 2 bad usage or contract, 130 stopped with Ctrl-C.

\`source <(npx sluice completion bash)\` (or \`zsh\`) completes commands and options.

${sections.join('\n')}`
}

function* leaves(command: Command): Iterable<Command> {
  if (command.commands.length === 0) yield command
  for (const child of command.commands) yield* leaves(child)
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}

function helpOf(command: Command): string {
  let text = ''
  command.configureHelp({ helpWidth: 110 }).configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 110 })
  command.outputHelp()
  return text.trim().replaceAll(/ +$/gm, '')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, content] of Object.entries(await generatedDocs())) writeFileSync(join(docs, file), content)
}

/** For the test: the page as it is committed. */
export const existingDoc = (file: string) => readFileSync(join(docs, file), 'utf8')

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BUILT_IN } from '../../functions/domain/contract/checks/quarantine.ts'
import { root } from '../../setup/places.mjs'

const PAGE = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8')

/** The first cells of the page's tables under a heading, one by one between back quotes. */
function namedUnder(heading: string): string[] {
  const [, rest = ''] = PAGE.split(`\n## ${heading}\n`)
  const rows = (rest.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '))
  return rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

function sources(folders: string[], ending: string): string[] {
  const names = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  )
  return names.filter((name) => name.endsWith(ending)).map((name) => readFileSync(name, 'utf8'))
}

const classes = (text: string) =>
  [...text.matchAll(/^(?:export )?class (\w+)(?: extends (?:\w*Error)\b|\((?:\w*Error|Exception)\):)/gm)].map(([, name = '']) => name)

/** Errors that no batch fails with, since the reader that meets them makes an UnreadableFileError or a quarantined row of them. */
const WORDED_BY_READERS = ['BrokenAvroError', 'BrokenXmlError', 'UnsuitableError', 'WorkbookError']

describe('docs/troubleshooting.md', () => {
  it('has every error that a batch or an extract may fail with', () => {
    const all = [...sources(['functions/domain'], '.ts'), ...sources(['glue-scripts/sluice_etl'], '.py')].flatMap(classes)
    expect(all.length).toBeGreaterThan(25)
    const named = [...namedUnder('A batch failed with …'), ...namedUnder('An extract failed with …')]
    expect(all.filter((name) => !named.includes(name) && !WORDED_BY_READERS.includes(name))).toEqual([])
    expect(WORDED_BY_READERS.filter((name) => !all.includes(name))).toEqual([])
    expect(named.filter((name) => /Error$/.test(name) && !all.includes(name))).toEqual([])
  })

  it('has every reason that a row is set aside for', () => {
    expect(namedUnder('A row is in quarantine with …').sort()).toEqual([...BUILT_IN].sort())
  })

  it('has every message that a command ends with, by its own words', () => {
    const phrases = namedUnder('The command says …')
    const messages = [...sources(['cli'], '.ts').flatMap(endings), ...sources(['laptop', 'infra'], '.ts').flatMap(refusals)]
    expect(messages.length).toBeGreaterThan(100)
    expect(messages.filter((message) => !phrases.some((phrase) => says(message, phrase)))).toEqual([])
    expect(phrases.filter((phrase) => !isElsewhere(phrase) && !messages.some((message) => says(message, phrase)))).toEqual([])
  })
})

const TEXT = /\s*(?:`((?:\\.|[^`\\])*)`|'((?:\\.|[^'\\])*)')/.source

/** The texts of the errors that a source makes; a value in them is `…`. One that is all values has its words from elsewhere. */
const made = (text: string, kinds: string) =>
  [...text.matchAll(new RegExp(`new (?:${kinds})\\(${TEXT}`, 'g'))]
    .map(([, template, plain]) => (template ?? plain ?? '').replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…'))
    .filter((message) => /[a-z]{3}|--/.test(message))

const endings = (text: string) => made(text, 'UsageError|Error|Refused')
const refusals = (text: string) => [
  ...made(text, 'StuckError|EngineError|ContractsRefused|ParametersRefused|TablesChanged|PackagingFailed'),
  ...(text.includes('class PortTakenError')
    ? [...text.matchAll(new RegExp(`super\\(${TEXT}`, 'g'))].map(([, template = '']) => template.replace(/\$\{.*?\}/, '…'))
    : []),
]

/** `port … is in use`: its parts are in the message, in their order. */
function says(message: string, phrase: string): boolean {
  let from = 0
  for (const part of phrase.split('…')) {
    const at = message.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}

/** Words that are no text of a `new …Error(…)`: set-up's own, and those of the disk. */
const isElsewhere = (phrase: string) => ['set-up could not finish', 'Free some space'].includes(phrase)

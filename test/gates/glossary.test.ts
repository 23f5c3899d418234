import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { STATUS_WORDS } from '../../cli/report/page/words.ts'
import { ROW_KINDS } from '../../functions/domain/batch/manifest/row-counts.ts'
import { BATCH_SOURCE_NAMES } from '../../functions/domain/batch/source.ts'
import { root } from '../../setup/places.mjs'

const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')
const TERMS = [...read('docs', 'glossary.md').matchAll(/^\| (?!word \||---)(.+?) \| .+ \|$/gm)].map(([, term = '']) => term)

/** The other pages of the docs, one text. */
function otherPages(): string {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.md$/.test(name))
  return ['README.md', ...pages.filter((name) => name !== 'glossary.md').map((name) => join('docs', name))]
    .map((name) => read(name))
    .join('\n')
}

describe('docs/glossary.md', () => {
  it('has every word for the state of a batch, for a kind of rows and for what a dataset does', () => {
    const phases = [...read('functions', 'domain', 'landing', 'flow.ts').matchAll(/\{ phase: '(\w+)'/g)].map(([, phase = '']) => phase)
    expect(phases).toContain('idle')
    const words = [...Object.keys(STATUS_WORDS), ...ROW_KINDS, ...phases, ...BATCH_SOURCE_NAMES]
    expect(words.filter((word) => !TERMS.includes(word) && !TERMS.includes(word.replace(/s$/, '')))).toEqual([])
  })

  it('has each word once, in the order of the alphabet', () => {
    const plain = TERMS.map((term) => term.toLowerCase())
    expect(plain).toEqual([...new Set(plain)].sort())
  })

  it('has no word that the docs do not use', () => {
    const pages = otherPages()
    expect(TERMS.filter((term) => !new RegExp(`\\b${term}`, 'i').test(pages))).toEqual([])
  })
})

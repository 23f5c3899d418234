import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../setup/places.mjs'

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'))
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

describe('docs', () => {
  it('link only to files that exist', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page} links to ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('index every decision', () => {
    const index = textOf('docs/adr/README.md')
    const decisions = readdirSync(join(root, 'docs', 'adr')).filter((name) => /^\d{4}-/.test(name))
    expect(decisions.filter((name) => !index.includes(`(${name})`))).toEqual([])
  })

  it('name only files and folders that exist where they say what a new thing touches', () => {
    const [, table = ''] = textOf('docs/architecture.md').split('### What a new … touches')
    const named = [
      ...(table.split('\n## ')[0] ?? '').matchAll(/`((?:functions|glue-scripts|infra|statemachines|cli|docs|test)\/[\w./-]+)`/g),
    ]
    const missing = named.map(([, path = '']) => path).filter((path) => !/\/(orc|iceberg)\/$/.test(path) && !existsSync(join(root, path)))
    expect(named.length).toBeGreaterThan(15)
    expect(missing).toEqual([])
  })

  it('have every error that a batch can fail with in docs/troubleshooting.md', () => {
    const names = (file: string, pattern: RegExp) => [...textOf(file).matchAll(pattern)].map(([, name = '']) => name)
    const errors = [
      ...names('functions/domain/errors.ts', /^export class (\w+) extends/gm),
      ...names('glue-scripts/sluice_etl/errors.py', /^class (\w+)\(Exception\)/gm),
    ]
    expect(errors.length).toBeGreaterThan(20)
    const [, table = ''] = textOf('docs/troubleshooting.md').split('## A batch failed with')
    expect(errors.filter((name) => !table.includes(`\`${name}\``))).toEqual([])
  })
})

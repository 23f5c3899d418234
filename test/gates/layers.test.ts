import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../setup/places.mjs'

/** Layer → the layers whose modules it may import, beside itself. The longest prefix of a file's path is its layer. */
const MAY_IMPORT: Record<string, string[]> = {
  'functions/handlers': ['functions/use-cases', 'functions/domain', 'functions/ports', 'functions/adapters', 'functions/runtime'],
  'functions/use-cases': ['functions/domain', 'functions/ports'],
  'functions/adapters': ['functions/domain', 'functions/ports'],
  'functions/runtime': ['functions/use-cases', 'functions/domain', 'functions/ports', 'functions/adapters'],
  'functions/ports': ['functions/domain'],
  'functions/domain': [],
  infra: ['functions/domain'],
  laptop: ['functions', 'infra', 'setup', 'packages'],
  cli: ['functions', 'infra', 'laptop', 'setup', 'packages'],
  setup: [],
  packages: [],
}
/** Packages that a layer may import; a layer that is not listed may import any. */
const PACKAGES: Record<string, RegExp> = {
  'functions/domain': /^(zod|yaml|lossless-json|aws-cron-parser|node:crypto)$/,
  'functions/use-cases': /^(zod|p-map|node:crypto)$/,
  'functions/ports': /^$/,
}

interface Import {
  file: string
  from: string
}

const imports: Import[] = ['functions', 'infra', 'laptop', 'setup', 'packages', 'cli'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.parentPath.includes('node_modules') && entry.isFile() && /\.(ts|mjs|cjs)$/.test(entry.name))
    .flatMap((entry) => {
      const file = relative(root, join(entry.parentPath, entry.name))
      const text = readFileSync(join(root, file), 'utf8')
      // Type-only imports too; `load` is the plug-in's word for import.
      return [...text.matchAll(/(?:^|\s)(?:from|import|require|load)\s*\(?\s*'([^']+)'/g)].map(([, from]) => ({
        file,
        from: from as string,
      }))
    }),
)
const layerOf = (path: string) =>
  Object.keys(MAY_IMPORT)
    .filter((layer) => path === layer || path.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0]
const targetOf = ({ file, from }: Import) => relative(root, resolve(root, dirname(file), from))
const isWithin = (path: string, layer: string) => path === layer || path.startsWith(`${layer}/`)

describe('layers', () => {
  it('import only from the layers below them', () => {
    const wrong = imports
      .filter(({ from }) => from.startsWith('.'))
      .filter((entry) => {
        const layer = layerOf(entry.file) as string
        return ![layer, ...(MAY_IMPORT[layer] ?? [])].some((allowed) => isWithin(targetOf(entry), allowed))
      })
      .map((entry) => `${entry.file} imports ${targetOf(entry)}`)
    expect(wrong).toEqual([])
  })

  it('hold no circle, not even of types', () => {
    const graph = new Map<string, string[]>()
    for (const entry of imports.filter(({ from }) => from.startsWith('.'))) {
      graph.set(entry.file, [...(graph.get(entry.file) ?? []), targetOf(entry)])
    }
    const done = new Set<string>()
    const circles: string[] = []
    const walk = (file: string, path: string[]) => {
      const seen = path.indexOf(file)
      if (seen >= 0) circles.push([...path.slice(seen), file].join(' → '))
      if (seen >= 0 || done.has(file)) return
      for (const next of graph.get(file) ?? []) walk(next, [...path, file])
      done.add(file)
    }
    for (const file of graph.keys()) walk(file, [])
    expect(circles).toEqual([])
  })

  it('keep use cases and the domain free of SDK, framework and machine', () => {
    const wrong = imports
      .filter(({ file, from }) => !from.startsWith('.') && PACKAGES[layerOf(file) as string]?.test(from) === false)
      .map(({ file, from }) => `${file} imports ${from}`)
    expect(wrong).toEqual([])
  })

  it('read the environment in one file', () => {
    const readers = [...new Set(imports.map(({ file }) => file))].filter(
      (file) => file.startsWith('functions/') && readFileSync(join(root, file), 'utf8').includes('process.env'),
    )
    expect(readers).toEqual(['functions/runtime/config.ts'])
  })

  it('let only the entry scripts of Glue import awsglue', () => {
    const scripts = readdirSync(join(root, 'glue-scripts'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py'))
    const importers = scripts.filter((file) => /^\s*(from|import) awsglue/m.test(readFileSync(join(root, 'glue-scripts', file), 'utf8')))
    expect(importers).toEqual(['curate.py', 'extract.py'])
  })
})

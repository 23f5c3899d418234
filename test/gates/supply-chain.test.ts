import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { root } from '../../setup/places.mjs'
import { billOfMaterials } from '../../setup/sbom.mjs'

const text = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

interface Entry {
  /** Where it is installed under another one. */
  name?: string
  version?: string
  integrity?: string
  resolved?: string
  link?: boolean
}
const packages = () => Object.entries((JSON.parse(text('package-lock.json')) as { packages: Record<string, Entry> }).packages)
const fetched = () => packages().filter(([path, { link }]) => path.startsWith('node_modules/') && !link)
const requirements = () =>
  ['requirements.txt', 'requirements-java.txt']
    .map((file) => text('setup', file).replaceAll('\\\n', ' '))
    .join('\n')
    .split('\n')
const jars = () =>
  ['jars.json', 'iceberg-jars.json', 'kafka-jars.json', 'mariadb-jars.json'].flatMap(
    (file) => JSON.parse(text('setup', file)) as { path: string; sha256: string }[],
  )

describe('what is fetched is what was pinned', () => {
  it('npm: every entry of the lock file has its checksum and names no other registry', () => {
    expect(fetched().length).toBeGreaterThan(300)
    expect(fetched().filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''))).toEqual([])
    const elsewhere = fetched().filter(([, { resolved }]) => resolved && !resolved.startsWith('https://registry.npmjs.org/'))
    expect(elsewhere).toEqual([])
  })

  it('npm: our own package.json names exact versions', () => {
    const { dependencies, devDependencies } = JSON.parse(text('package.json')) as Record<string, Record<string, string>>
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, range]) => !/^(npm:[\w/-]+@)?\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/.test(range),
    )
    expect(loose).toEqual([])
  })

  it('Python: every requirement has an exact version and a checksum', () => {
    const named = requirements().filter((line) => /^[A-Za-z0-9]/.test(line))
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((line) => !/^[\w.-]+(\[[\w,]+\])?==\S+.*--hash=sha256:[0-9a-f]{64}/.test(line))).toEqual([])
  })

  it('jars: every one has a checksum', () => {
    expect(jars().length).toBeGreaterThan(10)
    expect(jars().filter(({ sha256 }) => !/^[0-9a-f]{64}$/.test(sha256))).toEqual([])
  })

  it('GitHub actions: every one is named by its commit, with its version beside it', () => {
    const folder = join(root, '.github', 'workflows')
    const uses = readdirSync(folder).flatMap((file) =>
      [...text('.github', 'workflows', file).matchAll(/^.*\buses:\s*(.*)$/gm)].map(([, use]) => use),
    )
    expect(uses.length).toBeGreaterThan(8)
    expect(uses.filter((use) => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use ?? ''))).toEqual([])
  })

  it('GitHub workflows may read the repository and no more, unless a job needs a token of AWS', () => {
    const folder = join(root, '.github', 'workflows')
    for (const file of readdirSync(folder)) {
      const { permissions } = parse(text('.github', 'workflows', file)) as { permissions?: Record<string, string> }
      expect([
        file,
        permissions?.contents,
        Object.keys(permissions ?? {}).filter((name) => !['contents', 'id-token'].includes(name)),
      ]).toEqual([file, 'read', []])
    }
  })
})

describe('the software bill of materials', () => {
  const bill = billOfMaterials()
  const named = new Set(bill.components.map(({ purl }) => decodeURIComponent(purl)))

  it('has every package of the lock file, every requirement and every jar, once', () => {
    const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const npm = fetched().map(([path, { name, version }]) => `pkg:npm/${name ?? nameOf(path)}@${version}`)
    expect(npm.filter((purl) => !named.has(purl))).toEqual([])
    for (const line of requirements()) {
      const [, name, version] = /^([\w.-]+)(?:\[[\w,]+\])?==(\S+)/.exec(line) ?? []
      if (name) expect(named).toContain(`pkg:pypi/${name.toLowerCase().replaceAll(/[_.]+/g, '-')}@${version}`)
    }
    const checksums = bill.components.flatMap(({ hashes = [] }) => hashes.map(({ content }) => content))
    for (const { sha256 } of jars()) expect(checksums).toContain(sha256)
    expect(new Set(bill.components.map((each) => each['bom-ref'])).size).toBe(bill.components.length)
  })

  it('is in a format that scanners read', () => {
    expect([bill.bomFormat, Number(bill.specVersion)]).toEqual(['CycloneDX', expect.any(Number)])
  })
})

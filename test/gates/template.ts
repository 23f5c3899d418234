import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Package, readPackage } from '../../infra/packaged.ts'
import type { Resources, Value } from '../../infra/packaging/template/template.ts'
import { packageOnce } from '../../laptop/pipeline/deploy/package-once.ts'
import { root } from '../../setup/places.mjs'

/** Another package for the gates to judge than the repository's own: broken-copies.nightly.test.ts shows them broken ones. */
export const JUDGED_PACKAGE = 'SLUICE_JUDGED_PACKAGE'

/** The package of the repository's own contracts, as the gates judge it. */
export async function packagedService(): Promise<Package & { resources: Resources; folder: string }> {
  const folder = process.env[JUDGED_PACKAGE] ?? (await packageOnce())
  const packaged = readPackage(folder)
  return { ...packaged, resources: packaged.template.Resources, folder }
}

export const ofType = (resources: Resources, type: string) => Object.entries(resources).filter(([, resource]) => resource.Type === type)

/** A resource's properties, loosely: tests name what they expect to find. */
export const propertiesOf = (resource: Resources[string] | undefined): any => resource?.Properties

/** Every place of a value: the value itself, then what it holds. */
export function* places(value: Value | undefined): Generator<Value> {
  if (value === undefined) return
  yield value
  if (Array.isArray(value)) for (const part of value) yield* places(part)
  else if (value !== null && typeof value === 'object') for (const part of Object.values(value)) yield* places(part)
}

/** infra/exceptions.yml: what the gates let pass, each with its reason. */
export interface Exceptions {
  wildcardResources: { actions: string[]; why: string }[]
  checkov: { check: string; resources?: string[]; why: string }[]
  unusedPermissions: { roles: string; actions: string; why: string }[]
}
export const exceptions = () => parse(readFileSync(join(root, 'infra', 'exceptions.yml'), 'utf8')) as Exceptions

import { type Resources, sub, type Template, type Value } from '../template/template.ts'
import type { Parameters } from './parameters.ts'

/** Something that the estate has already, in place of a resource of the template. */
export interface Existing {
  /** Logical id of the resource that is not made. */
  id: string
  /** For people: what it is, and what has to be true of it. */
  kind: 'bucket' | 'table' | 'key' | 'database'
  name: string
  needs: string
  /** The values of `Ref` and `Fn::GetAtt` of the resource. */
  ref: Value
  arn: Value
}

/** Resources that parameters name and that exist already. Sluice never makes, changes or deletes them. */
export function existingResources({ rawBucket, lakeBucket, ledgerTable, database, kmsKey }: Parameters): Existing[] {
  const bucketArn = (name: string) => sub(`arn:\${AWS::Partition}:s3:::${name}`)
  const here = (service: string, path: string) => sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${path}`)
  const all: Existing[] = [
    {
      id: 'RawBucket',
      kind: 'bucket',
      name: rawBucket,
      needs: 'its notifications to EventBridge must be on',
      ref: rawBucket,
      arn: bucketArn(rawBucket),
    },
    { id: 'LakeBucket', kind: 'bucket', name: lakeBucket, needs: 'versioning should be on', ref: lakeBucket, arn: bucketArn(lakeBucket) },
    {
      id: 'Ledger',
      kind: 'table',
      name: ledgerTable,
      needs: 'it must be the ledger of an earlier deployment',
      ref: ledgerTable,
      arn: here('dynamodb', `table/${ledgerTable}`),
    },
    {
      id: 'GlueDatabase',
      kind: 'database',
      name: database,
      needs: 'it holds the tables of all datasets',
      ref: database,
      arn: here('glue', `database/${database}`),
    },
    {
      id: 'DataKey',
      kind: 'key',
      name: kmsKey,
      needs: "its policy must let this account's roles decide",
      ref: kmsKey,
      arn: kmsKey.startsWith('arn:') ? kmsKey : here('kms', `key/${kmsKey}`),
    },
  ]
  return all.filter(({ name }) => name !== '')
}

/** What a deployed stack has noted of them, by the parameter that gave each its name. */
const PARAMETER = { RawBucket: 'rawBucket', LakeBucket: 'lakeBucket', Ledger: 'ledgerTable', GlueDatabase: 'database', DataKey: 'kmsKey' }

/** Those that a deployed stack has noted, as existingResources() gave them. */
export function notedResources({ Metadata }: Template): Existing[] {
  const noted = ((Metadata?.Sluice ?? {}) as { existing?: { id: keyof typeof PARAMETER; name: string }[] }).existing ?? []
  const unset = Object.fromEntries(Object.values(PARAMETER).map((parameter) => [parameter, '']))
  return existingResources({ ...unset, ...Object.fromEntries(noted.map(({ id, name }) => [PARAMETER[id], name])) } as unknown as Parameters)
}

/** The value with the names and ARNs of what exists, in place of references to it. */
export const withTheirNames = (value: Value, existing: Existing[]): Value =>
  replaced(value, new Map(existing.map((each) => [each.id, each])))

/** Resources of the template that speak of another one alone, and go with it. */
const ATTACHED: Record<string, string[]> = { RawBucket: ['RawBucketPolicy'], LakeBucket: ['LakeBucketPolicy'] }

/** The template with what exists in place of what it would make; it notes their names for the deletion of the stack. */
export function withExisting(template: Template, existing: Existing[]): Template {
  if (existing.length === 0) return template
  const gone = new Set(existing.flatMap(({ id }) => [id, ...(ATTACHED[id] ?? [])]))
  const by = new Map(existing.map((each) => [each.id, each]))
  const Resources = Object.fromEntries(
    Object.entries(template.Resources)
      .filter(([id]) => !gone.has(id))
      .map(([id, { DependsOn, ...resource }]) => {
        const left = [DependsOn ?? []].flat().filter((each) => !gone.has(String(each)))
        return [id, { ...(replaced(resource as Value, by) as Resources[string]), ...(left.length > 0 && { DependsOn: left }) }]
      }),
  )
  const Sluice = { existing: existing.map(({ id, kind, name }) => ({ id, kind, name })) }
  const rest = replaced(template.Outputs ?? {}, by)
  return { ...template, Metadata: { ...template.Metadata, Sluice }, Resources, Outputs: rest as Template['Outputs'] }
}

function replaced(value: Value, by: Map<string, Existing>): Value {
  if (Array.isArray(value)) return value.map((part) => replaced(part, by))
  if (value === null || typeof value !== 'object') return value
  if (typeof value.Ref === 'string') return by.get(value.Ref)?.ref ?? value
  const attribute = value['Fn::GetAtt']
  // A bucket or key is asked for its ARN alone.
  if (Array.isArray(attribute)) return by.get(String(attribute[0]))?.arn ?? value
  const text = value['Fn::Sub']
  if (typeof text === 'string') {
    const filled = text.replaceAll(
      /\$\{(\w+)(\.Arn)?\}/g,
      (whole, id: string, isArn?: string) => inText(by.get(id), isArn !== undefined) ?? whole,
    )
    return filled.includes('${') ? sub(filled) : filled
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaced(part as Value, by)]))
}

function inText(existing: Existing | undefined, isArn: boolean): string | undefined {
  if (!existing) return undefined
  const value = isArn ? existing.arn : existing.ref
  return typeof value === 'string' ? value : String((value as { 'Fn::Sub': string })['Fn::Sub'])
}

/** What `package` prints about it. */
export const saidOf = ({ kind, name, needs }: Existing) =>
  `uses the existing ${kind} ${name}: Sluice neither makes, changes nor deletes it; ${needs}`

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** One thing that a service of AWS asks of IAM. */
export interface ServiceAsk {
  /** As IAM names it: `glue:GetTable`. */
  action: string
  /** The ARN acted upon; `*` where the service has none to name. */
  resource: string
  /** Condition keys that the request carries. */
  context?: Record<string, string>
  /** Where one action covers several operations that differ to KMS: `s3:UploadPart` is an `s3:PutObject`. */
  operation?: string
  /** AWS's words when it is refused, where they are known and not the usual ones. */
  refusal?: string
  /** Page of AWS that documents it. */
  source: string
}

/** What a service does: a name of service-asks.yml, such as `quality-run`. */
export type UseName = string

interface Use {
  what: string
  /** The service's principal, when it acts as itself and not in a role. */
  service?: string
  asks: (Omit<ServiceAsk, 'resource'> & { resource: string | string[] })[]
}
interface File {
  keys: { operation: string; needs: string[]; source: string }[]
  uses: Record<UseName, Use>
}

/** The values of `${…}` in the file. */
export type Values = Record<string, string>

const file = parse(readFileSync(join(import.meta.dirname, 'service-asks.yml'), 'utf8'), { merge: true }) as File

export const useNames = Object.keys(file.uses)

/** What is done in that use, in a sentence. */
export const whatIsDone = (name: UseName) => use(name).what

/** The lines of that use, as the file has them. */
export const usesOf = (name: UseName) => use(name).asks

/** The service that acts as itself; undefined when it acts in a role. */
export const principalOf = (name: UseName, values: Values) => {
  const { service } = use(name)
  return service === undefined ? undefined : fill(service, values, name)
}

/**
 * What the service asks in one use.
 * @param values `partition`, `region`, `account`, and what this use's lines name
 * @throws Error for a placeholder without a value
 */
export function serviceAsks(name: UseName, values: Values): ServiceAsk[] {
  return use(name).asks.flatMap(({ resource, context, refusal, ...ask }) =>
    [resource].flat().map((each) => ({
      ...ask,
      resource: fill(each, values, name),
      ...(context && { context: Object.fromEntries(Object.entries(context).map(([key, value]) => [key, fill(value, values, name)])) }),
      ...(refusal && { refusal: fill(refusal, values, name) }),
    })),
  )
}

/** Actions of KMS that an operation on something encrypted needs too: `s3:GetObject` → `kms:Decrypt`. */
export const keyActions = (operation: string) => file.keys.find((row) => row.operation === operation)?.needs ?? []

/** The same, as asks on the key. */
export const keyAsksOf = ({ action, operation = action, source }: Omit<ServiceAsk, 'resource'>, key: string): ServiceAsk[] =>
  keyActions(operation).map((needed) => ({ action: needed, resource: key, source }))

function use(name: UseName): Use {
  const found = file.uses[name]
  if (!found) throw new Error(`infra/permissions/service-asks.yml has no use "${name}"`)
  return found
}

function fill(text: string, values: Values, name: UseName): string {
  return text.replace(/\$\{(\w+)\}/g, (_, key: string) => {
    const value = values[key]
    if (value === undefined) throw new Error(`"${name}" of infra/permissions/service-asks.yml needs a value for ${key}`)
    return value
  })
}

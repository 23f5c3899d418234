import { z } from 'zod'

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

/** What `--param name=value` may set, as serverless.yml passes it on (custom.parameters); '' is unset. */
const schema = z
  .object({
    tags: list
      .pipe(z.array(z.string().regex(/^[^=]+=.*$/, 'must be key=value,key=value')))
      .transform((pairs) => Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]))),
    alertEmails: list.pipe(z.array(z.email('must be mail addresses, separated by commas'))),
    subnetId: z.string().regex(/^(subnet-[0-9a-f]+)?$/, 'must be the id of a subnet'),
    securityGroupIds: list.pipe(z.array(z.string().regex(/^sg-[0-9a-f]+$/, 'must be ids of security groups'))),
    availabilityZone: z.string(),
    lakeFormation: z.enum(['on', 'off'], 'must be on or off'),
  })
  .refine(({ subnetId, securityGroupIds, availabilityZone }) => {
    const given = [subnetId !== '', securityGroupIds.length > 0, availabilityZone !== '']
    return given.every(Boolean) || !given.some(Boolean)
  }, 'subnet-id, security-group-ids and availability-zone are given together, or none of them')

export type Parameters = z.output<typeof schema>

/** A parameter that cannot be taken; the message names it. */
export class ParametersRefused extends Error {
  override name = 'ParametersRefused'
}

export function readParameters(given: unknown): Parameters {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `  ${option(path[0])}${message}`)
  throw new ParametersRefused(`these parameters cannot be taken:\n${problems.join('\n')}`)
}

// subnetId → `--param subnet-id: `
function option(name: PropertyKey | undefined): string {
  if (name === undefined) return ''
  return `--param ${String(name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: `
}

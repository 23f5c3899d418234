import { z } from 'zod'

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

const mailAddresses = list.pipe(z.array(z.email('must be mail addresses, separated by commas')))

/** What CloudWatch Logs takes. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

/** What `--param name=value` may set, as serverless.yml passes it on (custom.parameters); '' is unset. */
const schema = z
  .object({
    tags: list
      .pipe(z.array(z.string().regex(/^[^=]+=.*$/, 'must be key=value,key=value')))
      .transform((pairs) => Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]))),
    alertEmails: mailAddresses,
    digest: z.string().regex(/^(off|([01]\d|2[0-3]):[0-5]\d)$/, 'must be off, or a time of the day in UTC such as 06:00'),
    digestEmails: mailAddresses,
    subnetId: z.string().regex(/^(subnet-[0-9a-f]+)?$/, 'must be the id of a subnet'),
    securityGroupIds: list.pipe(z.array(z.string().regex(/^sg-[0-9a-f]+$/, 'must be ids of security groups'))),
    availabilityZone: z.string(),
    lakeFormation: z.enum(['on', 'off'], 'must be on or off'),
    rawBucket: z.string().regex(/^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/, 'must be the name of a bucket'),
    lakeBucket: z.string().regex(/^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/, 'must be the name of a bucket'),
    ledgerTable: z.string().regex(/^([\w.-]{3,255})?$/, 'must be the name of a DynamoDB table'),
    database: z.string().regex(/^([a-z0-9_]{1,255})?$/, 'must be the name of a Glue database: lower-case letters, digits, _'),
    kmsKey: z.string().regex(/^(arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+|[\w-]{30,})?$/, 'must be the ARN or id of a key, not an alias'),
    permissionsBoundary: z.string().regex(/^(arn:aws[\w-]*:iam::(\d{12}|aws):policy\/.+)?$/, 'must be the ARN of a managed policy'),
    logRetentionDays: z
      .string()
      .refine((days) => LOG_RETENTION_DAYS.includes(Number(days)), `must be one of ${LOG_RETENTION_DAYS.join(', ')}`)
      .transform(Number),
    rebuild: list.pipe(z.array(z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'must be datasets, separated by commas'))),
    migrate: list.pipe(z.array(z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'must be datasets, separated by commas'))),
    canary: z.enum(['on', 'off'], 'must be on or off'),
    maxJobRuns: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, 'must be a number from 1 to 9999')
      .transform(Number),
    lineageUrl: z.string().regex(/^(https?:\/\/\S+)?$/, 'must be a URL that begins with https:// or http://'),
    sparkInternals: z.enum(['on', 'off'], 'must be on or off'),
  })
  .refine(({ subnetId, securityGroupIds, availabilityZone }) => {
    const given = [subnetId !== '', securityGroupIds.length > 0, availabilityZone !== '']
    return given.every(Boolean) || !given.some(Boolean)
  }, 'subnet-id, security-group-ids and availability-zone are given together, or none of them')

export type Parameters = z.output<typeof schema>

/** A parameter that is not valid; the message names it. */
export class ParametersRefused extends Error {
  override name = 'ParametersRefused'
}

export function readParameters(given: unknown): Parameters {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `  ${option(path[0])}${message}`)
  throw new ParametersRefused(`these parameters are not valid:\n${problems.join('\n')}`)
}

// subnetId → `--param subnet-id: `
function option(name: PropertyKey | undefined): string {
  if (name === undefined) return ''
  return `--param ${String(name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: `
}

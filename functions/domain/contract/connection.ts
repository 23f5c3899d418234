import { z } from 'zod'
import { CONNECTION_NAME } from './fields/jdbc.ts'
import { type FileProblem, fieldName } from './file.ts'
import { describeIssue } from './issues.ts'
import { readYaml } from './yaml.ts'

/** Drivers that the job has. A further one is a row here, and its SQL in sluice_etl/extract. */
const URL = /^jdbc:postgresql:\/\/([\w.-]+|\[[\da-fA-F:]+\])(:\d{1,5})?\/[^?&\s]+(\?[^\s]*)?$/
/** What would put a credential into the template, where everyone may read it. */
const CREDENTIAL = /[?&](user|password|sslpassword)=|\/\/[^/]*@/i

const url = z.string().superRefine((text, context) => {
  const refuse = (message: string) => context.addIssue({ code: 'custom', message })
  if (CREDENTIAL.test(text)) refuse('holds a user or a password; put both into the secret, as username and password')
  else if (/^jdbc:(mysql|mariadb):/.test(text))
    refuse('is of MySQL or MariaDB, which Sluice cannot read yet; let AWS DMS land its tables (docs/how-to/databases.md)')
  else if (!text.startsWith('jdbc:postgresql:')) refuse('must begin with jdbc:postgresql: ; other databases cannot be read yet')
  else if (!URL.test(text)) refuse('must be jdbc:postgresql://<host>:<port>/<database>')
})

const network = z.strictObject({
  subnet_id: z.string().regex(/^subnet-[0-9a-f]+$/, 'must be the id of a subnet'),
  security_group_ids: z.array(z.string().regex(/^sg-[0-9a-f]+$/, 'must be the id of a security group')).min(1, 'must name at least one'),
  availability_zone: z.string().min(1),
})

const SECRET_ARN = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/

const connectionSchema = z.strictObject({
  /** With host and database, and without user and password. */
  url,
  /** In Secrets Manager, a JSON object with `username` and `password`: its name, or its ARN. */
  secret: z
    .string()
    .refine(
      (text) => SECRET_ARN.test(text) || /^[\w/+=.@-]{1,512}$/.test(text),
      'must be the name or the ARN of a secret of Secrets Manager',
    ),
  /** Of a secret that is encrypted with a key of your own. */
  kms_key: z
    .string()
    .regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a KMS key')
    .optional(),
  /** Where the job must be to reach the database. */
  network: network.optional(),
})

/** `connections/<name>.yml`: how a database is reached. */
export type Connection = z.infer<typeof connectionSchema> & { name: string }

/** Reads a file of connections/. Never throws: all problems come back at once. */
export function parseConnection(text: string, file: string): { connection?: Connection; problems: FileProblem[] } {
  const name = (file.split(/[\\/]/).at(-1) ?? '').replace(/\.ya?ml$/, '')
  if (!CONNECTION_NAME.test(name)) {
    const message = 'must be named with small letters, digits and _, since contracts name the connection by it'
    return { problems: [{ file, line: 1, field: '(file)', message }] }
  }
  const yaml = readYaml(text)
  if ('problems' in yaml) return { problems: yaml.problems.map((problem) => ({ file, field: '(YAML)', ...problem })) }
  const parsed = connectionSchema.safeParse(yaml.value)
  if (parsed.success) return { connection: { name, ...parsed.data }, problems: [] }
  const problems = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: [...issue.path.map(String), key],
          message: `is not a field of a connection; there can be ${Object.keys(connectionSchema.shape).join(', ')}`,
        }))
      : describeIssue(issue),
  )
  return { problems: problems.map(({ path, message }) => ({ file, line: yaml.lineOf(path), field: fieldName(path), message })) }
}

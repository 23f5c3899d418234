import { z } from 'zod'
import { databaseOf, URL_BEGINNINGS } from './databases.ts'
import { kmsKey } from './parts.ts'

/** Behind the scheme. */
const ADDRESS = /^\/\/([\w.-]+|\[[\da-fA-F:]+\])(:\d{1,5})?\/[^?&\s]+(\?[^\s]*)?$/
/** What would put a credential into the template, where everyone may read it. */
const CREDENTIAL = /[?&](user|password\d?|sslpassword|\w*keystorepassword)=|\/\/[^/]*@/i

const url = z.string().superRefine((text, context) => {
  const refuse = (message: string) => context.addIssue({ code: 'custom', message })
  const database = databaseOf(text)
  if (CREDENTIAL.test(text)) refuse('holds a user or a password; put both into the secret, as username and password')
  else if (text.startsWith('jdbc:mariadb:')) refuse('must begin with jdbc:mysql: , by which MariaDB is read too')
  else if (database === undefined) refuse(`must begin with ${URL_BEGINNINGS} ; other databases cannot be read yet`)
  else if (!ADDRESS.test(text.slice(`jdbc:${database}:`.length))) refuse(`must be jdbc:${database}://<host>:<port>/<database>`)
})

const network = z.strictObject({
  subnet_id: z.string().regex(/^subnet-[0-9a-f]+$/, 'must be the id of a subnet'),
  security_group_ids: z.array(z.string().regex(/^sg-[0-9a-f]+$/, 'must be the id of a security group')).min(1, 'must name at least one'),
  availability_zone: z.string().min(1),
})

const SECRET_ARN = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/

/** How a database is reached. */
export const jdbcConnection = z.strictObject({
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
  kms_key: kmsKey.optional(),
  /** Where the job must be to reach the database. */
  network: network.optional(),
})

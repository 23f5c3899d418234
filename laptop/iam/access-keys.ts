import { createHmac, randomBytes } from 'node:crypto'

/** Who may call the laptop. An access key says who it is, so each is a secret of this start. */
export interface AccessKeys {
  /** Of the laptop itself and its user: the account's owner, who may do everything. */
  owner: string
  /** Under which a role's calls are signed. */
  of(roleArn: string): string
}

/** New at each start: a key that another process has seen earlier opens nothing. */
export function createAccessKeys(secret: Buffer = randomBytes(32)): AccessKeys {
  const keyOf = (name: string) => createHmac('sha256', secret).update(name).digest('hex').slice(0, 40).toUpperCase()
  return { owner: `AKIA${keyOf('owner')}`, of: (roleArn) => `ASIA${keyOf(`role/${roleArn.split('/').at(-1)}`)}` }
}

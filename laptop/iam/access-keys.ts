/** The laptop's own key, and its user's: the account's owner, who may do everything. */
export const OWNER_KEY = 'sluice-laptop'

const ROLE = 'role.'

/** Says in a signature under which role a call is made. */
export const accessKeyOf = (roleArn: string) => `${ROLE}${roleArn.split('/').at(-1)}`

/** A key of a role is never taken for somebody's own, not even when the template has no such role. */
export const isRoleKey = (accessKeyId: string) => accessKeyId.startsWith(ROLE)

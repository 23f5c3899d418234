import { userInfo } from 'node:os'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

/** Who asks, for a record: the user of this machine, and on AWS the identity that the account knows. */
export async function whoAsks({ local }: { local?: boolean }): Promise<string> {
  const { username } = userInfo()
  if (local) return username
  const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}))
  return Arn === undefined ? username : `${username} (${Arn})`
}

import { type ServiceAsk, serviceAsks, type UseName, type Values } from '../../infra/permissions/service-asks.ts'
import { ACCOUNT_ID, REGION } from '../aws/clients.ts'

/** Where everything on the laptop is. */
export const PLACE = { partition: 'aws', region: REGION, account: ACCOUNT_ID }

/**
 * Asks, in the role's name, what the AWS service asks in that use (infra/permissions/service-asks.yml).
 * @throws AwsError in AWS's words when the role does not allow it
 */
export type AskAsService = (roleArn: string, use: UseName, values: Values) => void

/** For callers without roles, as unit tests are. */
export const askNobody: AskAsService = () => {}

export const asksHere = (use: UseName, values: Values): ServiceAsk[] => serviceAsks(use, { ...PLACE, ...values })

/** `s3://lake/staged/sales/` → its bucket and folder, as the asks name them. */
export function folderValues(location = ''): Values {
  const [, bucket = '', folder = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(location) ?? []
  return { bucket, folder }
}

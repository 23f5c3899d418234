import { ACCOUNT_ID, REGION } from '../aws/clients.ts'

/** A request as far as permissions need it. */
export interface Call {
  service: string
  operation: string | undefined
  method: string
  path: string
  headers: Record<string, string | string[] | undefined>
  /** Empty for objects that are uploaded: nothing in them matters here. */
  body: string
}

export const arn = (service: string, path: string) => `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${path}`

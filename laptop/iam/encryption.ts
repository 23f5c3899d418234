import { keyActions } from '../../infra/permissions/service-asks.ts'
import type { Made } from '../cloudformation/resource-type.ts'
import type { Ask } from './policy.ts'

interface Resource {
  Type: string
  Properties?: {
    KmsMasterKeyId?: { Ref: string }
    BucketEncryption?: {
      ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault: { KMSMasterKeyID?: { 'Fn::GetAtt': [string, string] } } }[]
    }
  }
}

/** ARN of a bucket or topic → ARN of the key that it is encrypted with. */
export type Encryption = Map<string, string>

/** Which buckets and topics of the template are encrypted with a key of the template. */
export function encryptionOf(resources: Record<string, Resource>, { made }: { made: Map<string, Made> }): Encryption {
  const keyOf: Encryption = new Map()
  for (const [id, { Properties = {} }] of Object.entries(resources)) {
    const [rule] = Properties.BucketEncryption?.ServerSideEncryptionConfiguration ?? []
    const keyId = rule?.ServerSideEncryptionByDefault.KMSMasterKeyID?.['Fn::GetAtt'][0] ?? Properties.KmsMasterKeyId?.Ref
    const owner = made.get(id)
    const key = keyId === undefined ? undefined : made.get(keyId)?.attributes?.Arn
    if (owner && key) keyOf.set(owner.attributes?.Arn ?? owner.ref, key)
  }
  return keyOf
}

/** What the call needs of KMS: who reads and writes what is encrypted needs its key too, though no call names it. */
export function keyAsks({ action, operation = action, resource }: Ask, keyOf: Encryption): Ask[] {
  const key = keyOf.get(action.startsWith('s3:') ? (resource.split('/')[0] as string) : resource)
  return key === undefined ? [] : keyActions(operation).map((needed) => ({ action: needed, resource: key }))
}

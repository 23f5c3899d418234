import type { Made } from '../cloudformation/resource-type.ts'
import type { Encryption } from './guard.ts'

interface Resource {
  Type: string
  Properties?: {
    KmsMasterKeyId?: { Ref: string }
    BucketEncryption?: {
      ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault: { KMSMasterKeyID?: { 'Fn::GetAtt': [string, string] } } }[]
    }
  }
}

/** Which buckets and topics of the template are encrypted with a key of the template. */
export function encryptionOf(resources: Record<string, Resource>, { made }: { made: Map<string, Made> }): Encryption {
  const keyOf = new Map<string, string>()
  for (const [id, { Properties = {} }] of Object.entries(resources)) {
    const [rule] = Properties.BucketEncryption?.ServerSideEncryptionConfiguration ?? []
    const keyId = rule?.ServerSideEncryptionByDefault.KMSMasterKeyID?.['Fn::GetAtt'][0] ?? Properties.KmsMasterKeyId?.Ref
    const owner = made.get(id)
    const key = keyId === undefined ? undefined : made.get(keyId)?.attributes?.Arn
    if (owner && key) keyOf.set(owner.attributes?.Arn ?? owner.ref, key)
  }
  return { keyOf }
}

import { beforeAll, describe, expect, it } from 'vitest'
import type { Resources } from '../../infra/packaging/template/template.ts'
import { ofType, packagedService, propertiesOf } from './template.ts'

let resources: Resources
beforeAll(async () => {
  resources = (await packagedService()).resources
})

describe('what holds data', () => {
  it('outlives the stack', () => {
    for (const id of ['RawBucket', 'LakeBucket', 'DataKey', 'Ledger']) {
      expect(resources[id]?.DeletionPolicy, id).toBe('RetainExceptOnCreate')
      expect(resources[id]?.UpdateReplacePolicy, id).toBe('Retain')
    }
  })

  it('is encrypted with the data key, versioned, and closed to the public', () => {
    for (const id of ['RawBucket', 'LakeBucket']) {
      const bucket = propertiesOf(resources[id])
      const [{ ServerSideEncryptionByDefault: encryption }] = bucket.BucketEncryption.ServerSideEncryptionConfiguration
      expect(encryption).toEqual({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { 'Fn::GetAtt': ['DataKey', 'Arn'] } })
      expect(bucket.VersioningConfiguration.Status).toBe('Enabled')
      expect(Object.values(bucket.PublicAccessBlockConfiguration)).toEqual([true, true, true, true])
    }
  })

  it('is reached over TLS only', () => {
    const denying = ofType(resources, 'AWS::S3::BucketPolicy').filter(([, policy]) =>
      propertiesOf(policy).PolicyDocument.Statement.some(
        ({ Effect, Condition }: { Effect: string; Condition?: unknown }) =>
          Effect === 'Deny' && JSON.stringify(Condition).includes('SecureTransport'),
      ),
    )
    expect(denying.map(([, policy]) => propertiesOf(policy).Bucket.Ref).sort()).toEqual([
      'LakeBucket',
      'RawBucket',
      'ServerlessDeploymentBucket',
    ])
  })

  it('sends an event to EventBridge for each landing', () => {
    expect(propertiesOf(resources.RawBucket).NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } })
  })

  it('of the ledger: point-in-time recovery, and rows that expire', () => {
    const ledger = propertiesOf(resources.Ledger)
    expect(ledger.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true })
    expect(ledger.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAtEpoch', Enabled: true })
  })
})

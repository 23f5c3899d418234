import { CreateTableCommand, type CreateTableCommandInput, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import { CreateKeyCommand } from '@aws-sdk/client-kms'
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import type { ResourcePolicy } from '../../iam/service-access.ts'
import type { Context, Made, ResourceType } from '../resource-type.ts'
import { TemplateError, type Value } from '../template.ts'

interface BucketProperties {
  BucketName?: string
  VersioningConfiguration?: { Status: 'Enabled' | 'Suspended' }
  NotificationConfiguration?: { EventBridgeConfiguration?: { EventBridgeEnabled?: boolean } } & Record<string, Value>
}

async function bucket(properties: BucketProperties, { clients, generatedName, id }: Context): Promise<Made> {
  const Bucket = properties.BucketName ?? generatedName
  await clients.s3.send(new CreateBucketCommand({ Bucket }))
  if (properties.VersioningConfiguration?.Status === 'Enabled') {
    await clients.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  }
  const { EventBridgeConfiguration, ...otherTargets } = properties.NotificationConfiguration ?? {}
  if (Object.keys(otherTargets).length > 0) {
    throw new TemplateError(`${id}: the laptop sends S3 events to EventBridge only, not by ${Object.keys(otherTargets).join(', ')}`)
  }
  if (EventBridgeConfiguration && EventBridgeConfiguration.EventBridgeEnabled !== false) {
    await clients.s3.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { EventBridgeConfiguration: {} } }),
    )
  }
  const domain = `${Bucket}.s3.amazonaws.com`
  return { ref: Bucket, attributes: { Arn: `arn:aws:s3:::${Bucket}`, DomainName: domain, RegionalDomainName: domain } }
}

async function table(
  properties: CreateTableCommandInput & { TimeToLiveSpecification?: { AttributeName: string; Enabled: boolean } },
  { clients, generatedName }: Context,
): Promise<Made> {
  const TableName = properties.TableName ?? generatedName
  const { AttributeDefinitions, KeySchema, LocalSecondaryIndexes, GlobalSecondaryIndexes, BillingMode, ProvisionedThroughput } = properties
  const made = await clients.dynamodb.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions,
      KeySchema,
      ...(LocalSecondaryIndexes && { LocalSecondaryIndexes }),
      ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
      ...(BillingMode && { BillingMode }),
      ...(ProvisionedThroughput && { ProvisionedThroughput }),
    }),
  )
  if (properties.TimeToLiveSpecification) {
    await clients.dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: properties.TimeToLiveSpecification }))
  }
  return { ref: TableName, attributes: { Arn: made.TableDescription?.TableArn ?? '' } }
}

async function key(properties: { Description?: string; KeyPolicy?: ResourcePolicy }, { clients, access }: Context): Promise<Made> {
  const Policy = properties.KeyPolicy && JSON.stringify(properties.KeyPolicy)
  const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand({ Description: properties.Description, ...(Policy && { Policy }) }))
  if (properties.KeyPolicy) access.allow(KeyMetadata?.Arn ?? '', properties.KeyPolicy)
  return { ref: KeyMetadata?.KeyId ?? '', attributes: { Arn: KeyMetadata?.Arn ?? '', KeyId: KeyMetadata?.KeyId ?? '' } }
}

export const storageTypes = {
  'AWS::S3::Bucket': bucket,
  'AWS::DynamoDB::Table': table,
  'AWS::KMS::Key': key,
} as unknown as Record<string, ResourceType>

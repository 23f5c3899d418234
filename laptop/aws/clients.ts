import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { GlueClient } from '@aws-sdk/client-glue'
import { IAMClient } from '@aws-sdk/client-iam'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { KMSClient } from '@aws-sdk/client-kms'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SFNClient } from '@aws-sdk/client-sfn'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { NodeHttpHandler } from '@smithy/node-http-handler'

// Node 20 is what the laptop asks for at least; its warning about later versions does not help the user.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

export const REGION = 'us-east-1'
/** moto's account. */
export const ACCOUNT_ID = '123456789012'

/** SDK clients of one caller against the local endpoint, each made when it is first used. */
export function createClients(endpoint: string, accessKeyId: string) {
  const config = { endpoint, region: REGION, credentials: { accessKeyId, secretAccessKey: 'local' } }
  const makers = {
    // A stream's checksum would come as a trailer, in a chunked body that moto keeps as it is.
    s3: () => new S3Client({ ...config, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' }),
    sqs: () => new SQSClient(config),
    sns: () => new SNSClient(config),
    dynamodb: () => new DynamoDBClient(config),
    events: () => new EventBridgeClient(config),
    glue: () => new GlueClient(config),
    iam: () => new IAMClient(config),
    // Of itself it speaks HTTP/2, which moto does not.
    kinesis: () => new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() }),
    kms: () => new KMSClient(config),
    logs: () => new CloudWatchLogsClient(config),
    cloudwatch: () => new CloudWatchClient(config),
    lambda: () => new LambdaClient(config),
    secrets: () => new SecretsManagerClient(config),
    sfn: () => new SFNClient(config),
  }
  const made = new Map<string, { destroy(): void }>()
  const clients = { destroy: () => made.forEach((client) => void client.destroy()) }
  for (const [name, make] of Object.entries(makers)) {
    const get = () => {
      const client = made.get(name) ?? make()
      made.set(name, client)
      return client
    }
    Object.defineProperty(clients, name, { get, enumerable: true })
  }
  return clients as { [Name in keyof typeof makers]: ReturnType<(typeof makers)[Name]> } & { destroy(): void }
}

export type Clients = ReturnType<typeof createClients>

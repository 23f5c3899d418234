import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, DescribeResourcePoliciesCommand } from '@aws-sdk/client-cloudwatch-logs'
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam'
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetDataLakeSettingsCommand, LakeFormationClient } from '@aws-sdk/client-lakeformation'
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetBucketEncryptionCommand, GetBucketNotificationConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import { paginateListServiceQuotas, ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { unfold } from '../../infra/packaged.ts'
import { readContractsFolder } from '../../infra/packaging/contract-files.ts'
import { notedResources, withTheirNames } from '../../infra/packaging/estate/existing.ts'
import { type Place, resolved } from '../../infra/packaging/template/resolved.ts'
import type { Resources, Template, Value } from '../../infra/packaging/template/template.ts'
import type { ResourcePolicy } from '../../laptop/iam/service-access.ts'
import type { Deployment } from '../deployment/connect.ts'
import type { Account, Deployed } from './finding.ts'

/** The account that the SDK's clients find, read through their own calls. */
export function awsAccount(deployment: Deployment, contractsDir: string): Account {
  let reading: Promise<Deployed> | undefined
  return {
    stage: deployment.stage,
    deployed() {
      reading ??= readDeployed(deployment.prefix)
      return reading
    },
    async concurrency() {
      const { AccountLimit } = await new LambdaClient({}).send(new GetAccountSettingsCommand({}))
      return AccountLimit?.ConcurrentExecutions ?? 0
    },
    async glueQuotas() {
      const quotas = new Map<string, number>()
      for await (const { Quotas = [] } of paginateListServiceQuotas({ client: new ServiceQuotasClient({}) }, { ServiceCode: 'glue' })) {
        for (const { QuotaName, Value } of Quotas) if (QuotaName !== undefined && Value !== undefined) quotas.set(QuotaName, Value)
      }
      return quotas
    },
    async logPolicies() {
      const { resourcePolicies = [] } = await new CloudWatchLogsClient({}).send(new DescribeResourcePoliciesCommand({}))
      return resourcePolicies.length
    },
    async iamDecidesNewTables() {
      const { DataLakeSettings = {} } = await new LakeFormationClient({}).send(new GetDataLakeSettingsCommand({}))
      const { CreateTableDefaultPermissions: permissions = [] } = DataLakeSettings
      return permissions.some(({ Principal }) => Principal?.DataLakePrincipalIdentifier === 'IAM_ALLOWED_PRINCIPALS')
    },
    async sendsEventBridge(Bucket) {
      const configuration = await new S3Client({}).send(new GetBucketNotificationConfigurationCommand({ Bucket }))
      return configuration.EventBridgeConfiguration !== undefined
    },
    async subscriptions(TopicArn) {
      const found = []
      for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client: new SNSClient({}) }, { TopicArn })) {
        for (const { Endpoint = '', SubscriptionArn = '' } of Subscriptions) {
          found.push({ endpoint: Endpoint, confirmed: SubscriptionArn !== 'PendingConfirmation' })
        }
      }
      return found
    },
    async keyState(KeyId) {
      const { KeyMetadata } = await new KMSClient({}).send(new DescribeKeyCommand({ KeyId }))
      return KeyMetadata?.KeyState ?? 'unknown'
    },
    async keyPolicy(KeyId) {
      const { Policy = '{"Statement":[]}' } = await new KMSClient({}).send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }))
      return [(JSON.parse(Policy) as ResourcePolicy).Statement].flat()
    },
    async bucketKey(Bucket) {
      const { ServerSideEncryptionConfiguration } = await new S3Client({}).send(new GetBucketEncryptionCommand({ Bucket }))
      return ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID
    },
    async deployedContracts() {
      return new Map((await deployment.contracts.all()).map(({ dataset, version }) => [dataset, version]))
    },
    async localContracts() {
      const { files } = await readContractsFolder(contractsDir)
      return new Map(files.flatMap(({ contract }) => (contract ? [[contract.dataset, contract.version] as const] : [])))
    },
    async simulate(PolicySourceArn, ActionNames, resource, context) {
      const { EvaluationResults = [] } = await new IAMClient({ maxAttempts: 8 }).send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn,
          ActionNames,
          ResourceArns: [resource],
          ContextEntries: Object.entries(context).map(([ContextKeyName, value]) => ({
            ContextKeyName,
            ContextKeyType: 'string',
            ContextKeyValues: [value],
          })),
        }),
      )
      return EvaluationResults.map((result) => ({
        action: result.EvalActionName ?? '',
        allowed: result.EvalDecision === 'allowed',
        ...(result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false && { deniedBy: 'permissions boundary' }),
        ...(result.OrganizationsDecisionDetail?.AllowedByOrganizations === false && { deniedBy: 'policy of the organization' }),
      }))
    },
  }
}

async function readDeployed(stackName: string): Promise<Deployed> {
  const client = new CloudFormationClient({})
  const [{ Account: account = '', Arn = '' }, region] = await Promise.all([
    new STSClient({}).send(new GetCallerIdentityCommand({})),
    client.config.region(),
  ])
  const place: Place = { partition: Arn.split(':')[1] || 'aws', region, account, stack: stackName }
  const main = await readStack(client, stackName)
  const resources: Resources = {}
  const physicalIds = new Map<string, string>()
  const note = (found: StackResourceSummary[], before: string) => {
    for (const { LogicalResourceId = '', PhysicalResourceId = '' } of found) physicalIds.set(before + LogicalResourceId, PhysicalResourceId)
  }
  note(main.summaries, '')
  for (const [id, resource] of Object.entries(main.template.Resources)) {
    if (resource.Type !== 'AWS::CloudFormation::Stack') {
      resources[id] = resource
      continue
    }
    const nested = await readStack(client, physicalIds.get(id) ?? id)
    const { Parameters } = resource.Properties as { Parameters: Record<string, Value> }
    Object.assign(resources, unfold(id, nested.template.Resources, Parameters, []))
    note(nested.summaries, id)
  }
  const existing = notedResources(main.template)
  const resolve = (value: Value) => String(resolved(withTheirNames(value, existing), resources, { place, physicalIds }))
  return { resources, existing, place, resolve }
}

async function readStack(client: CloudFormationClient, StackName: string) {
  const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName, TemplateStage: 'Original' }))
  const summaries: StackResourceSummary[] = []
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
    summaries.push(...StackResourceSummaries)
  return { template: JSON.parse(TemplateBody) as Template, summaries }
}

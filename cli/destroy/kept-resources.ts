import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { UsageError } from '../usage-error.ts'

export interface KeptResource {
  /** `bucket`, `table`, `key` or `database`. */
  kind: string
  name: string
  /** `--param` of package and deploy under which a later deployment takes it over. */
  parameter?: string
  /** It was there before the stack, which only uses it. */
  existing?: true
}

interface StackTemplate {
  Metadata?: { Sluice?: { existing?: { id: string; kind: string; name: string }[] } }
  Resources?: Record<string, { Type: string; DeletionPolicy?: string }>
}

/** Logical id → the parameter that names an existing one. */
const PARAMETERS: Record<string, string> = {
  RawBucket: 'raw-bucket',
  LakeBucket: 'lake-bucket',
  Ledger: 'ledger-table',
  GlueDatabase: 'database',
  DataKey: 'kms-key',
}

/** What stays when the stack is deleted, as the deployed stack says itself. */
export async function keptResources(stack: string, client = new CloudFormationClient({})): Promise<KeptResource[]> {
  const { Resources = {}, Metadata } = await templateOf(stack, client)
  const kept: KeptResource[] = (Metadata?.Sluice?.existing ?? []).map(({ id, kind, name }) => ({
    kind,
    name,
    ...parameterOf(id),
    existing: true,
  }))
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stack })) {
    for (const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '' } of StackResourceSummaries) {
      if (!/^Retain/.test(Resources[LogicalResourceId]?.DeletionPolicy ?? '')) continue
      const kind = ResourceType.split('::').at(-1)?.toLowerCase() ?? ''
      kept.push({ kind, name: PhysicalResourceId, ...parameterOf(LogicalResourceId) })
    }
  }
  return kept.sort((left, right) => (left.kind + left.name < right.kind + right.name ? -1 : 1))
}

const parameterOf = (id: string) => (PARAMETERS[id] ? { parameter: PARAMETERS[id] } : {})

/** The parameters with which a deployment takes over what was kept. */
export function takeOver(kept: KeptResource[]): string {
  return kept.flatMap(({ parameter, name }) => (parameter ? [`--param ${parameter}=${name}`] : [])).join(' ')
}

async function templateOf(stack: string, client: CloudFormationClient): Promise<StackTemplate> {
  try {
    const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName: stack }))
    return JSON.parse(TemplateBody) as StackTemplate
  } catch (error) {
    if ((error as Error).name !== 'ValidationError') throw error
    throw new UsageError(`there is no stack ${stack} in ${await client.config.region()}: give --stage, --profile or --region`)
  }
}

import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { UsageError } from '../usage-error.ts'

export interface KeptResource {
  /** `bucket`, `table` or `key`. */
  kind: string
  name: string
}

interface StackTemplate {
  Resources?: Record<string, { Type: string; DeletionPolicy?: string }>
}

/** What stays when the stack is deleted, as the stack that stands says itself. */
export async function keptResources(stack: string, client = new CloudFormationClient({})): Promise<KeptResource[]> {
  const { Resources = {} } = await templateOf(stack, client)
  const kept: KeptResource[] = []
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stack })) {
    for (const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '' } of StackResourceSummaries) {
      if (!/^Retain/.test(Resources[LogicalResourceId]?.DeletionPolicy ?? '')) continue
      kept.push({ kind: ResourceType.split('::').at(-1)?.toLowerCase() ?? '', name: PhysicalResourceId })
    }
  }
  return kept.sort((left, right) => (left.kind + left.name < right.kind + right.name ? -1 : 1))
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

import { escapedXml, type QueryOperation } from '../aws/query-service.ts'
import type { Made } from './resource-type.ts'

/** CloudFormation's view of the one stack of the laptop, with its nested stacks merged into it. */
export function stackOperations(
  template: { Resources: Record<string, { Type: string }> },
  made: ReadonlyMap<string, Made>,
): Record<string, QueryOperation> {
  return {
    GetTemplate: () => `<TemplateBody>${escapedXml(JSON.stringify(template))}</TemplateBody>`,
    ListStackResources: () => {
      const listed = Object.entries(template.Resources).map(([id, { Type }]) => {
        const ref = escapedXml(made.get(id)?.ref ?? id)
        return `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${ref}</PhysicalResourceId><ResourceType>${Type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>`
      })
      return `<StackResourceSummaries>${listed.join('')}</StackResourceSummaries>`
    },
  }
}

import { type Resources, type Statement, sub, type Template } from './template.ts'

export interface IcebergTable {
  dataset: string
  /** Whether the contract has `delete_when`. */
  removesKeys: boolean
}

/**
 * The template with what Iceberg tables need beside Parquet ones, and unchanged for a service that has none. The tables themselves are in no
 * stack: the job makes them, and CloudFormation would take from them what it does not know.
 * @param icebergTables those of contracts with `curated.format: iceberg`
 */
export function withIceberg(template: Template, icebergTables: IcebergTable[]): Template {
  if (icebergTables.length === 0) return template
  const change = changes(icebergTables)
  const Resources = { ...template.Resources }
  for (const [id, changed] of Object.entries(change)) {
    const resource = Resources[id]
    if (!resource) throw new Error(`the template has no ${id}, which Iceberg tables need`)
    Resources[id] = changed(resource)
  }
  return { ...template, Resources }
}

type Resource = Resources[string]

function changes(icebergTables: IcebergTable[]) {
  const datasets = icebergTables.map(({ dataset }) => dataset)
  const removed = icebergTables.flatMap(({ dataset, removesKeys }) =>
    removesKeys ? sub(`\${LakeBucket.Arn}/tombstones/${dataset}/*`) : [],
  )
  const tables = ['catalog', 'database/${GlueDatabase}', ...datasets.map((dataset) => `table/\${GlueDatabase}/${dataset}`)].map((path) =>
    sub(`arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:${path}`),
  )
  const objects = (below: string) => datasets.map((dataset) => sub(`\${LakeBucket.Arn}/curated/${dataset}/${below}`))
  return {
    CurateJob: (job: Resource) => withArgument(job, '--datalake-formats', 'iceberg'),
    CurateJobRole: (role: Resource) =>
      withStatements(role, [
        { Sid: 'CommitToIcebergTables', Action: ['glue:CreateTable', 'glue:UpdateTable'], Resource: tables },
        {
          Sid: 'WriteIcebergFiles',
          Action: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
          Resource: [...objects('*'), ...removed],
        },
      ]),
    PublishBatchRole: (role: Resource) =>
      withStatements(role, [
        { Sid: 'MoveIcebergTables', Action: 'glue:UpdateTable', Resource: tables },
        { Sid: 'ReadIcebergMetadata', Action: 's3:GetObject', Resource: objects('metadata/*') },
      ]),
    // Branches of batches that failed.
    SweepRole: (role: Resource) =>
      withStatements(role, [
        { Sid: 'MoveIcebergTables', Action: ['glue:GetTable', 'glue:UpdateTable'], Resource: tables },
        { Sid: 'KeepIcebergMetadata', Action: ['s3:GetObject', 's3:PutObject'], Resource: objects('metadata/*') },
      ]),
  }
}

function withArgument(job: Resource, name: string, value: string): Resource {
  const properties = job.Properties as { DefaultArguments: Record<string, string> }
  return { ...job, Properties: { ...properties, DefaultArguments: { ...properties.DefaultArguments, [name]: value } } } as Resource
}

function withStatements(role: Resource, added: Statement[]): Resource {
  const properties = role.Properties as unknown as { Policies: { PolicyDocument: { Statement: Statement[] } }[] }
  const [first, ...others] = properties.Policies
  if (!first) throw new Error('a role without a policy')
  const Statement = [...first.PolicyDocument.Statement, ...added.map((statement) => ({ ...statement, Effect: 'Allow' }))]
  const Policies = [{ ...first, PolicyDocument: { ...first.PolicyDocument, Statement } }, ...others]
  return { ...role, Properties: { ...properties, Policies } } as unknown as Resource
}

import { policyOf, type Resources, ref, type Statement, sub, type Template, withStatements } from '../template/template.ts'

export interface IcebergTable {
  dataset: string
  /** Whether the contract has `delete_when`. */
  removesKeys: boolean
}

/**
 * Of so many tables a role's own policy has the statements. IAM takes 10,240 characters of a role's inline policies, and 6,144 of each managed
 * policy, of which a role has ten (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html): further tables are in managed ones.
 */
const TABLES_INLINE = 10
const TABLES_IN_A_POLICY = 13

/**
 * The template with what Iceberg tables need beside Parquet ones, and unchanged for a service that has none. The tables themselves are in no
 * stack: the job makes them, and CloudFormation would take from them what it does not know.
 * @param icebergTables those of contracts with `curated.format: iceberg`
 */
export function withIceberg(template: Template, icebergTables: IcebergTable[]): Template {
  if (icebergTables.length === 0) return template
  const Resources = { ...template.Resources }
  const change = (id: string, changed: (resource: Resource) => Resource) => {
    const resource = Resources[id]
    if (!resource) throw new Error(`the template has no ${id}, which Iceberg tables need`)
    Resources[id] = changed(resource)
  }
  change('CurateJob', (job) => withArgument(job, '--datalake-formats', 'iceberg'))
  for (const [id, statements] of Object.entries(statementsFor(icebergTables.slice(0, TABLES_INLINE))))
    change(id, (role) => withStatements(role, statements))
  for (let at = TABLES_INLINE; at < icebergTables.length; at += TABLES_IN_A_POLICY) {
    const number = 1 + (at - TABLES_INLINE) / TABLES_IN_A_POLICY
    for (const [id, statements] of Object.entries(statementsFor(icebergTables.slice(at, at + TABLES_IN_A_POLICY))))
      Resources[`${id.replace(/Role$/, '')}IcebergPolicy${number}`] = managedPolicy(id, statements)
  }
  return { ...template, Resources }
}

type Resource = Resources[string]

/** Role → what it may do with these tables. */
function statementsFor(icebergTables: IcebergTable[]): Record<string, Statement[]> {
  const datasets = icebergTables.map(({ dataset }) => dataset)
  const removed = icebergTables.flatMap(({ dataset, removesKeys }) =>
    removesKeys ? sub(`\${LakeBucket.Arn}/tombstones/${dataset}/*`) : [],
  )
  const tables = ['catalog', 'database/${GlueDatabase}', ...datasets.map((dataset) => `table/\${GlueDatabase}/${dataset}`)].map((path) =>
    sub(`arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:${path}`),
  )
  const objects = (below: string) => datasets.map((dataset) => sub(`\${LakeBucket.Arn}/curated/${dataset}/${below}`))
  return {
    CurateJobRole: [
      { Sid: 'CommitToIcebergTables', Action: ['glue:CreateTable', 'glue:UpdateTable'], Resource: tables },
      {
        Sid: 'WriteIcebergFiles',
        Action: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: [...objects('*'), ...removed],
      },
    ],
    PublishBatchRole: [
      { Sid: 'MoveIcebergTables', Action: 'glue:UpdateTable', Resource: tables },
      { Sid: 'ReadIcebergMetadata', Action: 's3:GetObject', Resource: objects('metadata/*') },
    ],
    // Branches of batches that failed.
    SweepRole: [
      { Sid: 'MoveIcebergTables', Action: ['glue:GetTable', 'glue:UpdateTable'], Resource: tables },
      { Sid: 'KeepIcebergMetadata', Action: ['s3:GetObject', 's3:PutObject'], Resource: objects('metadata/*') },
    ],
  }
}

const managedPolicy = (role: string, statements: Statement[]): Resource => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: { Roles: [ref(role)], PolicyDocument: policyOf(statements) },
})

function withArgument(job: Resource, name: string, value: string): Resource {
  const properties = job.Properties as { DefaultArguments: Record<string, string> }
  return { ...job, Properties: { ...properties, DefaultArguments: { ...properties.DefaultArguments, [name]: value } } } as Resource
}

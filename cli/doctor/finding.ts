import type { Place } from '../../infra/packaging/template/resolved.ts'
import type { Resources, Value } from '../../infra/packaging/template/template.ts'
import type { ResourceStatement } from '../../laptop/iam/service-access.ts'

export interface Finding {
  /** problem: batches will fail. warning: something to look at. unknown: the account does not let this user look. */
  level: 'ok' | 'warning' | 'problem' | 'unknown'
  /** Which check it comes from. */
  check: string
  /** What was found, in one sentence. */
  message: string
  /** What to do; with `ok` there is nothing to do. */
  fix?: string
}

/** One question that doctor asks of an account. */
export interface Check {
  name: string
  run(account: Account): Promise<Omit<Finding, 'check'>[]>
}

export interface Simulated {
  action: string
  allowed: boolean
  /** What denies it, where it is not the role's own policy: a permissions boundary, an organization's policy. */
  deniedBy?: string
}

/** What doctor reads of an account. Nothing here changes anything. */
export interface Account {
  stage: string
  /** The deployed template, nested stacks unfolded, and the value that CloudFormation has filled in for a part of it. */
  deployed(): Promise<Deployed>
  /** Lambda's limit of concurrent executions in this region. */
  concurrency(): Promise<number>
  /** Glue's quotas, by AWS's own names. */
  glueQuotas(): Promise<Map<string, number>>
  /** Resource policies of CloudWatch Logs in this region. */
  logPolicies(): Promise<number>
  /** Whether Lake Formation leaves new databases and tables to IAM alone. */
  iamDecidesNewTables(): Promise<boolean>
  sendsEventBridge(bucket: string): Promise<boolean>
  subscriptions(topicArn: string): Promise<{ endpoint: string; confirmed: boolean }[]>
  keyState(keyId: string): Promise<string>
  keyPolicy(keyId: string): Promise<ResourceStatement[]>
  /** The KMS key that a bucket encrypts with; undefined for S3's own. */
  bucketKey(bucket: string): Promise<string | undefined>
  /** Dataset → version of its contract. */
  deployedContracts(): Promise<Map<string, string>>
  localContracts(): Promise<Map<string, string>>
  simulate(roleArn: string, actions: string[], resource: string, context: Record<string, string>): Promise<Simulated[]>
}

export interface Deployed {
  resources: Resources
  /** What parameters have named in place of a resource of the template, by its logical id. */
  existing: { id: string; kind: string; name: string }[]
  resolve(value: Value): string
  place: Place
}

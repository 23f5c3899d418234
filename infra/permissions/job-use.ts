import type { UseName, Values } from './service-asks.ts'

/** What a run of a Glue job asks, by the job's own arguments: that of an extract reads a secret. Texts as CloudFormation fills them in. */
export function jobUse(job: { scriptLocation: string; defaults: Record<string, string> }, place: Values): { use: UseName; values: Values } {
  const [, scriptBucket = '', scriptKey = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(job.scriptLocation) ?? []
  const values = { bucket: job.defaults['--lake_bucket'] ?? '', scriptBucket, scriptKey }
  const secret = job.defaults['--connection_secret']
  if (secret === undefined) return { use: 'job-run', values }
  return { use: 'extract-run', values: { ...values, dataset: job.defaults['--dataset'] ?? '', secret: secretArn(secret, place) } }
}

/** A secret's ARN ends with six characters that Secrets Manager chooses. */
const secretArn = (secret: string, { partition, region, account }: Values) =>
  secret.startsWith('arn:') ? secret : `arn:${partition}:secretsmanager:${region}:${account}:secret:${secret}-AbCdEf`

import type { Context, Made, ResourceType } from '../resource-type.ts'

/**
 * Types that change nothing on the laptop, each with the reason. A type that is neither here nor made is refused: what the
 * laptop leaves out in silence would be found out on AWS.
 */
const REASONS: Record<string, string> = {
  'AWS::S3::BucketPolicy': 'it guards against other accounts and plain HTTP',
  'AWS::Logs::MetricFilter': 'there are no metrics of log lines',
  'AWS::CloudWatch::Dashboard': 'a run of a minute needs no dashboard',
  'AWS::Glue::Connection': 'jobs on the laptop reach a database from this machine',
  'AWS::Glue::Classifier': 'crawls on the laptop use the built-in classifiers, which exclude more',
  'AWS::KMS::Alias': 'keys are named by their ids',
  'AWS::Lambda::EventInvokeConfig': 'schedules on the laptop call and wait',
  'AWS::LakeFormation::PrincipalPermissions': 'the catalog of the laptop is open',
}

export const noEffectTypes: Record<string, ResourceType> = Object.fromEntries(
  Object.keys(REASONS).map((type) => [type, async (_: unknown, { id }: Context): Promise<Made> => ({ ref: id, attributes: { Arn: id } })]),
)

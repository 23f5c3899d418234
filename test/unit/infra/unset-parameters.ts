/** Every `--param` as serverless.yml passes it on when none is given. */
export const UNSET_PARAMETERS = {
  ...{ tags: '', alertEmails: '', subnetId: '', securityGroupIds: '', availabilityZone: '', lakeFormation: 'off', sparkInternals: 'on' },
  ...{ maxJobRuns: '25', canary: 'off', rebuild: '', migrate: '', digest: 'off', digestEmails: '', lineageUrl: '' },
  ...{ rawBucket: '', lakeBucket: '', ledgerTable: '', database: '', kmsKey: '', permissionsBoundary: '', logRetentionDays: '90' },
}

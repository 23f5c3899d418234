import { CANARY } from '../../smoke/canary.ts'
import type { Check } from '../finding.ts'

export const bucketEvents: Check = {
  name: 'Events of the raw bucket',
  async run(account) {
    const deployed = await account.deployed()
    const bucket = deployed.resolve({ Ref: 'RawBucket' })
    if (await account.sendsEventBridge(bucket)) return [{ level: 'ok', message: `${bucket} sends its events to EventBridge` }]
    return [
      {
        level: 'problem',
        message: `${bucket} does not send its events to EventBridge, so files that land start nothing until the next sweep`,
        fix: `aws s3api put-bucket-notification-configuration --bucket ${bucket} --notification-configuration '{"EventBridgeConfiguration":{}}' (keep what is configured there)`,
      },
    ]
  },
}

export const lakeFormation: Check = {
  name: 'Lake Formation',
  async run(account) {
    if (await account.iamDecidesNewTables()) return [{ level: 'ok', message: 'IAM alone decides on new tables' }]
    const { resources } = await account.deployed()
    const granted = Object.values(resources).some(({ Type }) => Type.startsWith('AWS::LakeFormation::'))
    if (granted) return [{ level: 'ok', message: 'Lake Formation decides, and this deployment has its permissions there' }]
    return [
      {
        level: 'problem',
        message: 'Lake Formation decides on new tables in this account, and this deployment has no permissions there',
        fix: `deploy with --param lake-formation=on, by a role that is a data lake administrator`,
      },
    ]
  },
}

export const contracts: Check = {
  name: 'Contracts',
  async run(account) {
    const [deployed, local] = await Promise.all([account.deployedContracts(), account.localContracts()])
    const fix = `npm run package -- --stage ${account.stage} && npx --no-install serverless deploy --stage ${account.stage}`
    const differing = [...local].filter(([dataset, version]) => deployed.has(dataset) && deployed.get(dataset) !== version)
    const missing = [...local.keys()].filter((dataset) => !deployed.has(dataset))
    // The canary's contract ships with the template (infra/canary).
    const gone = [...deployed.keys()].filter((dataset) => !local.has(dataset) && dataset !== CANARY)
    const said = [
      ...differing.map(([dataset]) => `${dataset}: the contract here is not the deployed one`),
      ...missing.map((dataset) => `${dataset}: has a contract here and is not deployed`),
      ...gone.map((dataset) => `${dataset}: is deployed and has no contract here`),
    ]
    if (said.length === 0) return [{ level: 'ok', message: `${local.size} contracts here are the deployed ones` }]
    return said.map((message) => ({ level: 'warning' as const, message, fix }))
  },
}

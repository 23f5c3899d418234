import type { Command } from 'commander'

export interface DeploymentOptions {
  stage: string
  profile?: string
  region?: string
  local?: boolean
}

/** The options of every command that speaks to a running Sluice. */
export function withDeployment(command: Command): Command {
  return command
    .option('--stage <stage>', 'stage of the deployment', 'dev')
    .option('--profile <name>', 'AWS profile, as the AWS CLI has it')
    .option('--region <region>', 'AWS region, as the AWS CLI has it')
    .option('--local', 'the pipeline that `sluice up` keeps running on this machine')
}

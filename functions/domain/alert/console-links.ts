const DOMAINS: Record<string, string> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
}

export interface ConsoleLinks {
  execution?: string
  jobRun?: string
  stagedTable?: string
}

/** Where to look, for a reader who is signed in to the right account. The execution's ARN holds partition and region. */
export function consoleLinks(at: {
  executionArn: string
  jobName?: string
  jobRunId?: string
  database?: string
  table?: string
}): ConsoleLinks {
  const [, partition = '', , region = ''] = at.executionArn.split(':')
  const domain = DOMAINS[partition]
  if (domain === undefined || region === '') return {}
  const console = `https://${region}.${domain}`
  return {
    execution: `${console}/states/home?region=${region}#/v2/executions/details/${at.executionArn}`,
    ...(at.jobName && at.jobRunId && { jobRun: `${console}/gluestudio/home?region=${region}#/job/${at.jobName}/run/${at.jobRunId}` }),
    ...(at.database &&
      at.table && {
        stagedTable: `${console}/glue/home?region=${region}#/v2/data-catalog/tables/view/${at.table}?database=${at.database}`,
      }),
  }
}

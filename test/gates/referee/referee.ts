import { join } from 'node:path'
import { execa } from 'execa'
import { python, root } from '../../../setup/places.mjs'

/** One call of an API, by whom it is made. */
export interface ApiCall {
  /** As the client or the ARN of a Task names it: `glue`, `sfn`, `s3`. */
  service: string
  operation: string
  parameters: unknown
  where: string
}
export interface Verdict {
  calls: number
  problems: { where: string; problem: string }[]
}

const program = join(root, 'test', 'gates', 'referee', 'referee.py')

/** What AWS's service models (botocore) say of the calls: wrong members, missing ones, values and lengths that are refused. */
export async function judgeCalls(calls: ApiCall[]): Promise<Verdict> {
  const { stdout } = await execa(python, [program], { input: JSON.stringify(calls) })
  return JSON.parse(stdout) as Verdict
}

/** The same for every boto3 call of the Python files below a folder. */
export async function judgeScripts(folder: string): Promise<Verdict> {
  const { stdout } = await execa(python, [program, '--scripts', folder])
  return JSON.parse(stdout) as Verdict
}

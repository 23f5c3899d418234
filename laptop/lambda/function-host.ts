import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { REGION } from '../aws/clients.ts'
import type { FunctionDefinition } from '../cloudformation/resource-type.ts'
import { laptopTimes } from '../laptop-times.ts'
import { type LogFile, openLog } from '../pipeline/state/log-file.ts'
import { ExecutionEnvironment, type Invocation } from './execution-environment.ts'

/** At once, for a function without a reserved concurrency. */
const MOST_AT_ONCE = 4

interface Hosted {
  definition: FunctionDefinition
  idle: ExecutionEnvironment[]
  busy: Set<ExecutionEnvironment>
  waiting: (() => void)[]
  file?: string
}

export interface FunctionHost {
  add(definition: FunctionDefinition): void
  names(): string[]
  /** The variables that the template gives the function. */
  environmentOf(name: string): Record<string, string>
  /** By name or ARN. @throws when there is no such function */
  invoke(name: string, event: unknown): Promise<Invocation>
  busy(): boolean
  stop(): Promise<void>
}

/** Runs the packaged bundles of the functions, each with the environment that the template gives it. */
export function createFunctionHost(options: {
  packageFolder: string
  workFolder: string
  endpoint: string
  accessKeyOf: (roleArn: string) => string
}): FunctionHost {
  const functions = new Map<string, Hosted>()
  const logs = new Map<string, LogFile>()

  function environment({ definition, file }: Hosted): ExecutionEnvironment {
    const { name, arn, handler, timeoutSeconds, roleArn } = definition
    return new ExecutionEnvironment({
      file: file as string,
      exportName: handler.slice(handler.lastIndexOf('.') + 1),
      functionName: name,
      functionArn: arn,
      timeoutSeconds,
      log: (text) => void logFile(name).write(text),
      variables: {
        ...definition.environment,
        ...(definition.environment.SETTLE_SECONDS !== undefined && { SETTLE_SECONDS: String(laptopTimes.settleSeconds) }),
        AWS_REGION: REGION,
        AWS_ENDPOINT_URL: options.endpoint,
        AWS_ACCESS_KEY_ID: options.accessKeyOf(roleArn),
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    })
  }

  function logFile(name: string): LogFile {
    const file = logs.get(name) ?? openLog(join(options.workFolder, 'logs', `${name}.log`))
    logs.set(name, file)
    return file
  }

  /** Unpacks the function's code when it is first called: most runs need a part of the functions only. */
  function unpack({ codeKey, name, handler }: FunctionDefinition): string {
    const entries = unzipSync(readFileSync(join(options.packageFolder, basename(codeKey))))
    const folder = join(options.workFolder, 'functions', name)
    for (const [path, body] of Object.entries(entries)) {
      if (path.endsWith('/')) continue
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), body)
    }
    const module = handler.slice(0, handler.lastIndexOf('.'))
    const extension = ['.mjs', '.js', '.cjs'].find((ending) => `${module}${ending}` in entries)
    if (!extension) throw new Error(`${name}: its package ${basename(codeKey)} has no ${module}.mjs`)
    return join(folder, `${module}${extension}`)
  }

  async function take(hosted: Hosted): Promise<ExecutionEnvironment> {
    const most = hosted.definition.reservedConcurrency ?? MOST_AT_ONCE
    while (hosted.busy.size >= most) await new Promise<void>((resolve) => hosted.waiting.push(resolve))
    hosted.file ??= unpack(hosted.definition)
    const taken = hosted.idle.pop() ?? environment(hosted)
    hosted.busy.add(taken)
    return taken
  }

  return {
    add: (definition) => void functions.set(definition.name, { definition, idle: [], busy: new Set(), waiting: [] }),
    names: () => [...functions.keys()],
    environmentOf: (name) => functions.get(name)?.definition.environment ?? {},
    async invoke(nameOrArn, event) {
      const hosted = functions.get(nameOrArn.split(':').at(-1) ?? '')
      if (!hosted) throw new Error(`Function not found: ${nameOrArn}`)
      mkdirSync(join(options.workFolder, 'logs'), { recursive: true })
      const taken = await take(hosted)
      try {
        return await taken.invoke(event)
      } finally {
        hosted.busy.delete(taken)
        if (taken.alive) hosted.idle.push(taken)
        hosted.waiting.shift()?.()
      }
    },
    busy: () => [...functions.values()].some(({ busy }) => busy.size > 0),
    async stop() {
      const all = [...functions.values()].flatMap(({ idle, busy }) => [...idle, ...busy])
      await Promise.all(all.map((each) => each.stop()))
      for (const file of logs.values()) file.end()
    },
  }
}

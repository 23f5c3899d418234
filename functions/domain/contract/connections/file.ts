import type { z } from 'zod'
import { type FileProblem, fieldName } from '../file.ts'
import { describeIssue } from '../issues.ts'
import { readYaml } from '../yaml.ts'
import { jdbcConnection } from './jdbc.ts'
import { kafkaConnection } from './kafka.ts'
import { CONNECTION_NAME } from './name.ts'

export type JdbcConnection = z.infer<typeof jdbcConnection> & { kind: 'jdbc'; name: string }
export type KafkaConnection = z.infer<typeof kafkaConnection> & { kind: 'kafka'; name: string }
/** `connections/<name>.yml`: how a database or brokers are reached. */
export type Connection = JdbcConnection | KafkaConnection
export type ConnectionKind = Connection['kind']

/** What a connection may be: its fields, and which of them tell that it is meant. */
const KINDS: Record<ConnectionKind, { schema: typeof jdbcConnection | typeof kafkaConnection; toldBy: string[] }> = {
  kafka: { schema: kafkaConnection, toldBy: ['cluster', 'bootstrap_servers'] },
  jdbc: { schema: jdbcConnection, toldBy: ['url'] },
}

/** Reads a file of connections/. Never throws: all problems come back at once. */
export function parseConnection(text: string, file: string): { connection?: Connection; problems: FileProblem[] } {
  const name = (file.split(/[\\/]/).at(-1) ?? '').replace(/\.ya?ml$/, '')
  if (!CONNECTION_NAME.test(name)) {
    const message = 'must be named with small letters, digits and _, since contracts name the connection by it'
    return { problems: [{ file, line: 1, field: '(file)', message }] }
  }
  const yaml = readYaml(text)
  if ('problems' in yaml) return { problems: yaml.problems.map((problem) => ({ file, field: '(YAML)', ...problem })) }
  const kind = kindOf(yaml.value)
  const { schema } = KINDS[kind]
  const parsed = schema.safeParse(yaml.value)
  if (parsed.success) return { connection: { kind, name, ...parsed.data } as Connection, problems: [] }
  const problems = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: [...issue.path.map(String), key],
          message: `is not a field of a connection; there can be ${Object.keys(schema.shape).join(', ')}`,
        }))
      : describeIssue(issue),
  )
  return { problems: problems.map(({ path, message }) => ({ file, line: yaml.lineOf(path), field: fieldName(path), message })) }
}

function kindOf(value: unknown): ConnectionKind {
  const fields = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const kinds = Object.keys(KINDS) as ConnectionKind[]
  return kinds.find((kind) => KINDS[kind].toldBy.some((field) => fields.includes(field))) ?? 'jdbc'
}

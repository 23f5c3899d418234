import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { kafkaStatements } from '../packaging/dataset/streams/kafka.ts'
import { kinesisStatements } from '../packaging/dataset/streams/kinesis.ts'
import { landerRole } from '../packaging/dataset/streams/lander.ts'
import { WATCHES_STREAMS } from '../packaging/estate/streams.ts'
import { type FunctionFile, functionParts } from '../packaging/functions.ts'
import { cloudFormationTags } from '../packaging/template/cloudformation-yaml.ts'
import { pascal, roleFor, type Value } from '../packaging/template/template.ts'
import { useNames, usesOf, whatIsDone } from './service-asks.ts'

/** docs/roles.md: functions, variables, placeholders and what every role may do, made from infra/ alone. */
export function rolesPage(root: string): string {
  const read = <T>(...path: string[]) =>
    parse(readFileSync(join(root, 'infra', ...path), 'utf8'), { customTags: cloudFormationTags, merge: true }) as T
  const files = readdirSync(join(root, 'infra', 'functions')).sort()
  const functions = files.map((file) => ({ name: basename(file, '.yml'), ...read<FunctionFile>('functions', file) }))
  const { resources } = functionParts(root)
  const made = ['glue.yml', ...readdirSync(join(root, 'infra', 'machines')).map((file) => join('machines', file))].map(
    (file) => read<Made>(file).Resources,
  )
  const each = {
    'LanderRole, one for each dataset with a stream of Kinesis': landerRole('<dataset>', kinesisStatements('<stream>')),
    'LanderRole, one for each dataset with a topic of MSK': landerRole('<dataset>', kafkaStatements(MSK, '<topic>', '<group>')),
    'SweepRole, beside its other statements where a dataset has a stream or topic': roleFor('lambda', [WATCHES_STREAMS]),
  } as unknown as Made['Resources']
  const all: Made['Resources'] = Object.assign({}, resources, ...made, each)
  return `# Functions, variables and roles

Made from \`infra/\` by \`npm run docs\`. [permissions.md](permissions.md) explains how permissions are enforced and tested.

## Functions

${table(
  ['function', 'what it does', 'trigger', 'timeout, memory', 'variables'],
  functions.map((each) => [
    each.name,
    each.description,
    trigger(each),
    `${each.timeoutSeconds} s, ${each.memoryMegabytes ?? 512} MB`,
    each.environment.map(code).join(' '),
  ]),
)}

## Variables

${table(
  ['variable', 'value'],
  Object.entries(read<Record<string, Value>>('environment.yml')).map(([name, value]) => [code(name), shown(value)]),
)}

## Placeholders of the state machines

${table(
  ['machine', 'placeholder', 'value'],
  Object.entries(all).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::StepFunctions::StateMachine'
      ? Object.entries(Properties.DefinitionSubstitutions as Record<string, Value>).map(([name, value]) => [id, code(name), shown(value)])
      : [],
  ),
)}

## Roles

Logs, traces and taking from the own queue are left out of the roles of functions.

${Object.entries(all)
  .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
  .map(([id, { Properties }]) => `### ${id}\n\n${roleTable(Properties.Policies)}\n`)
  .join('\n')}
## What AWS's services ask by themselves

From \`infra/permissions/service-asks.yml\`.

${useNames
  .map(
    (name) =>
      `**${name}**: ${whatIsDone(name)}.\n\n${table(
        ['action', 'on'],
        usesOf(name).map(({ action, resource }) => [code(action), [resource].flat().map(code).join('<br>')]),
      )}\n`,
  )
  .join('\n')}`
}

interface Made {
  Resources: Record<string, { Type: string; Properties: { [key: string]: any } }>
}

const EVERY_FUNCTION = ['Log', 'Trace', 'TakeFromItsQueue']

function roleTable(policies: { PolicyDocument: { Statement: Statement[] } }[]): string {
  const statements = policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Sid = '' }) => !EVERY_FUNCTION.includes(Sid))
  return table(
    ['statement', 'may', 'on', 'if'],
    statements.map(({ Sid = '', Action, Resource, Condition }) => [
      Sid,
      [Action].flat().map(code).join(' '),
      [Resource].flat().map(shown).join('<br>'),
      condition(Condition),
    ]),
  )
}

interface Statement {
  Sid?: string
  Action: string | string[]
  Resource: Value
  Condition?: Record<string, Record<string, Value>>
}

const condition = (given: Statement['Condition'] = {}) =>
  Object.values(given)
    .flatMap((keys) => Object.entries(keys).map(([key, value]) => `${code(key)} is ${[value].flat().map(shown).join(' or ')}`))
    .join('; ')

function trigger({ queue, schedule, daily, each, name }: FunctionFile & { name: string }): string {
  if (each) return 'stream or topic of a dataset, 10,000 records within the window of its contract; one function for each'
  if (queue)
    return `queue ${queue.id}, ${queue.batchSize} messages${queue.windowSeconds ? ` within ${queue.windowSeconds} s` : ''}, ${queue.concurrency ?? '∞'} at once`
  if (daily) return `each day at the time of the parameter \`${daily}\`; never without it`
  return schedule ?? `state ${pascal(name).replace(/(?!^)([A-Z])/g, ' $1')}`
}

/** A value of the template as people read it: what it refers to, without the account and region around it. */
function shown(value: Value): string {
  if (value === null || typeof value !== 'object') return code(String(value))
  if (Array.isArray(value)) return value.map(shown).join(' ')
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Sub'?: string }
  if (Ref !== undefined) return Ref
  if (attribute !== undefined) return attribute[1] === 'Arn' ? String(attribute[0]) : attribute.join('.')
  return code(
    String(text)
      .replace(/arn:\$\{AWS::Partition\}:(\w+):(\$\{AWS::Region\})?:(\$\{AWS::AccountId\})?:/g, '')
      .replaceAll('${self:custom.prefix}', 'sluice-<stage>')
      .replaceAll('${self:service}/${sls:stage}', 'sluice/<stage>')
      .replaceAll('${sls:stage}', '<stage>')
      .replaceAll(/\$\{(\w+)(\.Arn)?\}/g, '<$1>'),
  )
}

const code = (text: string) => `\`${text.replaceAll('${self:custom.prefix}', 'sluice-<stage>').replaceAll('${sls:stage}', '<stage>')}\``

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const MSK = { kind: 'kafka' as const, name: '<connection>', cluster: 'arn:<partition>:kafka:<region>:<account>:cluster/<name>/<id>' }

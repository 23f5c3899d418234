import type { Json } from '../src/index.ts'

type States = Record<string, Record<string, unknown>>

/** A JSONata machine that starts at its first state. */
export const machine = (states: States, top: Record<string, unknown> = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0],
  States: states,
  ...top,
})

/** A Task that ends the machine by default. */
export const task = (resource: string, fields: Record<string, unknown> = {}) => ({
  Type: 'Task',
  Resource: resource,
  ...('Next' in fields ? {} : { End: true }),
  ...fields,
})

export const pass = (output: Json, fields: Record<string, unknown> = {}) => ({
  Type: 'Pass',
  Output: output,
  ...('Next' in fields ? {} : { End: true }),
  ...fields,
})

/** An error as a Lambda function or an AWS service names it. */
export const failure = (name: string, message = '') => Object.assign(new Error(message), { name })

/** One Distributed Map over its input, with these states inside. */
export const distributed = (fields: Record<string, unknown>, states: States = { A: { Type: 'Pass', End: true } }) => {
  const { StartAt, States } = machine(states)
  const ItemProcessor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt, States }
  return machine({ M: { Type: 'Map', ItemProcessor, End: true, ...fields } })
}

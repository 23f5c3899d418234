import { expect, it } from 'vitest'
import { createStepFunctions, memoryStorage, type TaskCall } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { machine, task } from './machine.ts'

const WORK = 'arn:aws:states:::lambda:invoke'
const work = (step: string, more = {}) => task(WORK, { Arguments: { step }, ...more })
const DEFINITION = machine({ One: work('one', { Next: 'Two' }), Two: work('two', { Next: 'Three' }), Three: work('three') })

/** What a killed process leaves: the storage as it was written while step two ran. */
async function interrupted(definition: unknown) {
  const storage = memoryStorage()
  let reach = () => {}
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const hang = async ({ arguments: given }: TaskCall) => {
    if ((given as { step: string }).step !== 'two') return {}
    reach()
    return new Promise(() => {})
  }
  const first = createStepFunctions({ tasks: hang, clock: virtualClock(), storage })
  const call = async (action: string, body: object) => (await first.handle(action, JSON.stringify(body))).body as Record<string, string>
  const { stateMachineArn } = await call('CreateStateMachine', { name: 'm', definition: JSON.stringify(definition) })
  const { executionArn = '' } = await call('StartExecution', { stateMachineArn, name: 'batch' })
  await reached
  const left = memoryStorage()
  for (const [arn, record] of storage.executions as Map<string, never>) left.executions.set(arn, structuredClone(record))
  return { left, executionArn }
}

async function goOn(left: ReturnType<typeof memoryStorage>, definition?: unknown) {
  const steps: string[] = []
  const statuses: string[] = []
  const again = createStepFunctions({
    tasks: async ({ arguments: given }: TaskCall) => void steps.push((given as { step: string }).step),
    clock: virtualClock(),
    storage: left,
    onStatusChange: ({ status }) => void statuses.push(status),
  })
  if (definition) await again.handle('CreateStateMachine', JSON.stringify({ name: 'm', definition: JSON.stringify(definition) }))
  const resumed = await again.resume()
  await again.settled()
  return { resumed, steps, statuses, again }
}

it('goes on in the state that it was in, and reports no end that did not happen', async () => {
  const { left, executionArn } = await interrupted(DEFINITION)
  const { resumed, steps, statuses } = await goOn(left, DEFINITION)
  expect({ resumed, steps, statuses }).toEqual({ resumed: 1, steps: ['two', 'three'], statuses: ['RUNNING', 'SUCCEEDED'] })
  expect(left.executions.get(executionArn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 })
})

it('begins again when the machine has changed', async () => {
  const { left } = await interrupted(DEFINITION)
  const { steps } = await goOn(left, machine({ Only: work('only') }))
  expect(steps).toEqual(['only'])
})

it('ends what has no machine any more', async () => {
  const { left } = await interrupted(DEFINITION)
  const { statuses } = await goOn(left)
  expect(statuses).toEqual(['ABORTED'])
})

it('leaves alone what has ended', async () => {
  const { left } = await interrupted(DEFINITION)
  await goOn(left, DEFINITION)
  expect(await goOn(left, DEFINITION)).toMatchObject({ resumed: 0, steps: [] })
})

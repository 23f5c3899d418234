import { describe, expect, it } from 'vitest'
import { createStepFunctions, runStateMachine } from '../src/index.ts'
import { machine, pass, task } from './machine.ts'

/** JSON of exactly so many bytes, with characters of two bytes each among them. */
const text = (bytes: number) => 'é'.repeat(100) + 'x'.repeat(bytes - 202)

describe('256 KB between states', () => {
  const fits = text(262_144)
  const over = text(262_145)

  it.each([
    ['an input', () => runStateMachine(machine({ A: pass(1) }), over)],
    ['a result', () => runStateMachine(machine({ A: task('t', { Output: 1 }) }), {}, { tasks: () => over })],
    ['an output', () => runStateMachine(machine({ A: pass('{% $states.input & $states.input %}') }), 'x'.repeat(140_000))],
    ['arguments', () => runStateMachine(machine({ A: task('t', { Arguments: '{% $states.input & "x" %}' }) }), fits, { tasks: () => 1 })],
    [
      'what branches return together',
      () =>
        runStateMachine(
          machine({
            P: { Type: 'Parallel', Branches: [1, 2].map(() => machine({ A: { Type: 'Pass', End: true } })), Output: 1, End: true },
          }),
          'x'.repeat(140_000),
        ),
    ],
  ])('end the execution when %s is larger', async (_, run) => {
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' })
  })

  it('may be used to the last byte', async () => {
    expect((await runStateMachine(machine({ A: { Type: 'Pass', End: true } }), fits)).status).toBe('SUCCEEDED')
  })

  it('are refused by the face before anything starts', async () => {
    const { handle } = createStepFunctions()
    await handle('AWSStepFunctions.CreateStateMachine', { name: 'm', roleArn: 'r', definition: JSON.stringify(machine({ A: pass(1) })) })
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:m'
    const { status, body } = await handle('AWSStepFunctions.StartExecution', { stateMachineArn, input: JSON.stringify(over) })
    expect([status, body.__type]).toEqual([400, 'InvalidExecutionInput'])
  })
})

describe('25,000 events', () => {
  it('end a loop that does not end by itself', async () => {
    const definition = machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } })
    const result = await runStateMachine(definition, {})
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Runtime' })
    expect(result.cause).toContain('maximum number of history events (25000)')
    expect(result.history).toHaveLength(25_000)
    expect(result.history.at(-1)?.type).toBe('ExecutionFailed')
  }, 30_000)
})

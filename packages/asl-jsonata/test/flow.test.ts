import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Json, runStateMachine } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { machine, pass } from './machine.ts'

describe('variables', () => {
  it('are seen by later states, and not by the Output beside the Assign', async () => {
    const { output } = await runStateMachine(
      machine({
        A: pass(1, { Assign: { x: 1 }, Next: 'B' }),
        B: pass('{% $x %}', { Assign: { x: '{% $x + 1 %}', y: '{% $x %}' }, Next: 'C' }),
        C: pass({ fromB: '{% $states.input %}', x: '{% $x %}', y: '{% $y %}' }),
      }),
    )
    expect(output).toEqual({ fromB: 1, x: 2, y: 1 })
  })

  it('of outer scopes are read inside, and those of inner scopes are gone outside', async () => {
    const inner = (name: string) => ({ StartAt: 'I', States: { I: pass('{% $outer & $states.input.tag %}', { Assign: { [name]: 1 } }) } })
    const definition = (last: Json) =>
      machine({
        A: pass({ tag: '!' }, { Assign: { outer: 'seen' }, Next: 'P' }),
        P: { Type: 'Parallel', Branches: [inner('one'), inner('two')], Next: 'Z' },
        Z: pass(last),
      })
    expect((await runStateMachine(definition('{% $states.input %}'))).output).toEqual(['seen!', 'seen!'])
    expect(await runStateMachine(definition('{% $one %}'))).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })

  it('of a Catch may have the name of one inside, which hides it there', async () => {
    const inner = {
      StartAt: 'I',
      States: {
        I: { Type: 'Pass', Assign: { why: 'inner' }, Next: 'J' },
        J: pass(1, { Assign: { seen: '{% $why %}' }, Next: 'F' }),
        F: { Type: 'Fail', Cause: '{% $seen %}' },
      },
    }
    const definition = machine({
      P: {
        Type: 'Parallel',
        Branches: [inner],
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Assign: { why: '{% $exists($why) ? $why & $states.errorOutput.Cause : "first " %}' },
            Next: 'Again?',
          },
        ],
        Next: 'Z',
      },
      'Again?': { Type: 'Choice', Choices: [{ Condition: "{% $why = 'first ' %}", Next: 'P' }], Default: 'Z' },
      Z: pass('{% $why %}'),
    })
    expect((await runStateMachine(definition)).output).toBe('first inner')
  })

  it('come from a choice rule, from the default, or from neither', async () => {
    const definition = machine({
      C: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.n = 1 %}', Assign: { by: 'rule' }, Output: { n: 'one' }, Next: 'Z' },
          { Condition: '{% $states.input.n = 2 %}', Next: 'Bare' },
        ],
        Default: 'Z',
        Assign: { by: 'default' },
        Output: { n: 'other' },
      },
      Bare: pass('{% [$states.input.n, $exists($by)] %}'),
      Z: pass('{% [$states.input.n, $by] %}'),
    })
    expect((await runStateMachine(definition, { n: 1 })).output).toEqual(['one', 'rule'])
    expect((await runStateMachine(definition, { n: 2 })).output).toEqual([2, false])
    expect((await runStateMachine(definition, { n: 3 })).output).toEqual(['other', 'default'])
  })
})

describe('Choice', () => {
  const choice = (condition: Json, more = {}) =>
    machine({ C: { Type: 'Choice', Choices: [{ Condition: condition, Next: 'Yes' }], ...more }, Yes: pass('yes') })

  it.each([1, 'true', null, [true]])('takes no %j for an answer', async (answer) => {
    const result = await runStateMachine(choice('{% $states.input.answer %}'), { answer })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })

  it('fails when nothing matches and there is no default', async () => {
    expect(await runStateMachine(choice('{% false %}'))).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' })
  })

  it('takes the first rule that holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), async (answers) => {
        const states = Object.fromEntries(answers.map((_, i) => [`S${i}`, pass(i)]))
        const rules = answers.map((_, i) => ({ Condition: `{% $states.input[${i}] %}`, Next: `S${i}` }))
        const definition = machine({ C: { Type: 'Choice', Choices: rules, Default: 'None' }, ...states, None: pass(-1) })
        expect((await runStateMachine(definition, answers)).output).toBe(answers.indexOf(true))
      }),
      { numRuns: 30 },
    )
  })
})

describe('Wait', () => {
  const waiting = (fields: Record<string, Json>) => machine({ W: { Type: 'Wait', ...fields, End: true } })

  it('lets days pass at once on a virtual clock', async () => {
    const clock = virtualClock()
    const before = clock.now()
    const { status } = await runStateMachine(waiting({ Seconds: '{% 3 * 24 * 3600 %}' }), {}, { clock })
    expect(status).toBe('SUCCEEDED')
    expect(clock.now() - before).toBe(3 * 24 * 3600 * 1000)
  })

  it.each([
    ['2025-01-01T02:00:00Z', 2],
    ['2025-01-01T02:00:00.500Z', 2.000138888888889],
    ['2025-01-01T02:00:00+01:00', 1],
    ['2024-12-31T22:30:00-03:00', 1.5],
    ['2025-01-01T02:00Z', 2],
    ['2001-01-01T00:00:00Z', 0],
  ])('until %s takes %d hours from the start of 2025', async (at, hours) => {
    const clock = virtualClock({ start: Date.UTC(2025, 0, 1) })
    const { status, cause } = await runStateMachine(waiting({ Timestamp: '{% $states.input.at %}' }), { at }, { clock })
    expect(status, cause).toBe('SUCCEEDED')
    expect((clock.now() - Date.UTC(2025, 0, 1)) / 3_600_000).toBeCloseTo(hours, 9)
  })

  it.each([
    '2025-01-01 02:00:00Z',
    '2025-01-01T02:00:00',
    '2025-13-01T02:00:00Z',
    '2025-02-30T02:00:00Z',
    '2025-01-01T25:00:00Z',
    'soon',
    5,
  ])('refuses the timestamp %j', async (at) => {
    const result = await runStateMachine(waiting({ Timestamp: '{% $states.input.at %}' }), { at })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })

  it.each([-1, 1.5, '3', null, 100_000_000])('refuses %j seconds', async (seconds) => {
    const result = await runStateMachine(waiting({ Seconds: '{% $states.input.seconds %}' }), { seconds })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })
})

describe('Fail and Succeed', () => {
  const failing = (fields: Record<string, Json>) =>
    runStateMachine(machine({ F: { Type: 'Fail', ...fields } }), { code: 7, why: 'because' })

  it('name the error and the cause by expression', async () => {
    const result = await failing({ Error: "{% 'E' & $states.input.code %}", Cause: '{% $states.input.why %}' })
    expect(result).toMatchObject({ status: 'FAILED', error: 'E7', cause: 'because' })
  })

  it('may name neither', async () => {
    const result = await failing({})
    expect(result.status).toBe('FAILED')
    expect(result).not.toHaveProperty('error')
    expect(result).not.toHaveProperty('cause')
  })

  it.each(['Error', 'Cause'])('take only text as %s', async (field) => {
    expect(await failing({ [field]: '{% $states.input.code %}' })).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })

  it('ends with the Output of Succeed', async () => {
    const { output } = await runStateMachine(machine({ S: { Type: 'Succeed', Output: '{% $states.input.n + 1 %}' } }), { n: 1 })
    expect(output).toBe(2)
  })
})

describe('the context object', () => {
  it('holds what the service documents', async () => {
    const clock = virtualClock({ start: Date.UTC(2025, 0, 1) })
    const options = { clock, execution: { name: 'run-1', stateMachineName: 'ingest', roleArn: 'arn:aws:iam::000000000000:role/r' } }
    const definition = machine({ W: { Type: 'Wait', Seconds: 60, Next: 'A' }, A: pass('{% $states.context %}') })
    const { output } = await runStateMachine(definition, { a: 1 }, options)
    expect(output).toEqual({
      Execution: {
        Id: 'arn:aws:states:us-east-1:000000000000:execution:ingest:run-1',
        Input: { a: 1 },
        Name: 'run-1',
        RoleArn: 'arn:aws:iam::000000000000:role/r',
        StartTime: '2025-01-01T00:00:00.000Z',
        RedriveCount: 0,
      },
      State: { Name: 'A', EnteredTime: '2025-01-01T00:01:00.000Z' },
      StateMachine: { Id: 'arn:aws:states:us-east-1:000000000000:stateMachine:ingest', Name: 'ingest' },
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Json, runStateMachine } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { machine, pass } from './machine.ts'

const run = (expression: string, input: Json = {}) => runStateMachine(machine({ A: pass(`{% ${expression} %}`) }), input)
const value = async (expression: string, input?: Json) => {
  const result = await run(expression, input)
  expect(result.status, result.cause).toBe('SUCCEEDED')
  return result.output
}
const FAILED = { status: 'FAILED', error: 'States.QueryEvaluationError' }

describe('JSONata as the service evaluates it', () => {
  it.each<[string, Json]>([
    ['[1, 2, 3][$ > 1]', [2, 3]],
    ['[1, 2, 3][$ > 2]', 3],
    ['[[1, 2, 3][$ > 2]]', [3]],
    ['[1, 2, 3][$ > 5] ~> $count()', 0],
    ['$states.input.list.id', [1, 2]],
    ['$states.input.list[id = 1]', { id: 1 }],
    ['$states.input.list[id = 1][]', [{ id: 1 }]],
    ['$states.input.none.deeper ? 1 : 2', 2],
    ['{"kept": 1, "gone": $states.input.none}', { kept: 1 }],
    ['[]', []],
    ['null', null],
    ["$states.input.text & '!'", 'hi!'],
    ['$now() = $fromMillis($millis())', true],
    ['$map([1..3], function($n) { $n * $n })', [1, 4, 9]],
  ])('%s gives %j', async (expression, expected) => {
    expect(await value(expression, { list: [{ id: 1 }, { id: 2 }], text: 'hi' })).toEqual(expected)
  })

  it.each([
    ['nothing', '$states.input.none'],
    ['an empty sequence', '[1, 2][$ > 5]'],
    ['a function', 'function($x) { $x }'],
    ['a function inside', '{"f": $sum}'],
    ['a division by a string', "1 / 'a'"],
    ['$eval, which the service takes away', "$eval('1')"],
    ['a function that does not exist', '$no()'],
    ['an unqualified field name', 'text'],
    ['the root at the top level', '$$'],
  ])('%s is a failed evaluation', async (_, expression) => {
    expect(await run(expression, { text: 'hi' })).toMatchObject(FAILED)
  })

  it('names the field and the state in the cause, and shows the failure in the history', async () => {
    const { cause, history } = await runStateMachine(machine({ Start: pass({ a: ['{% $none %}'] }) }))
    expect(cause).toBe(
      "An error occurred while executing the state 'Start' (entered at the event id #2). The JSONata expression '$none' specified for the field 'Output/a[0]' returned nothing (undefined).",
    )
    expect(history.find(({ type }) => type === 'EvaluationFailed')?.evaluationFailedEventDetails).toMatchObject({
      error: 'States.QueryEvaluationError',
      location: 'Output/a[0]',
      state: 'Start',
    })
  })

  it('takes only a whole string as an expression', async () => {
    const literals = [' {% 1 %}', '{% 1 %} ', 'a {% 1 %}', '$states.input', '{%', '']
    const { output } = await runStateMachine(machine({ A: pass(literals) }))
    expect(output).toEqual(literals)
  })

  it('keeps time by the clock that was given', async () => {
    const clock = virtualClock({ start: Date.UTC(2031, 4, 6, 7, 8, 9) })
    const { output } = await runStateMachine(
      machine({ A: pass(['{% $now() %}', "{% $now('[Y]-[M01]') %}", '{% $millis() %}']) }),
      {},
      { clock },
    )
    expect(output).toEqual(['2031-05-06T07:08:09.000Z', '2031-05', Date.UTC(2031, 4, 6, 7, 8, 9)])
  })
})

it('an expression that never ends is a failed evaluation', async () => {
  let time = 0
  const now = vi.spyOn(Date, 'now').mockImplementation(() => (time += 100))
  try {
    const result = await run('($loop := function($n) { $loop($n + 1) }; $loop(0))')
    expect(result).toMatchObject(FAILED)
    expect(result.cause).toContain('D1012')
  } finally {
    now.mockRestore()
  }
})

describe('the functions that AWS adds', () => {
  it.each<[string, Json]>([
    ['$range(0, 10, 5)', [0, 5, 10]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$range(1, 1, 1)', 1],
    ['$count($range(1, 1000, 1))', 1000],
    ['$parse(\'{"a":[1]}\')', { a: [1] }],
    ["$parse('[7]')", [7]],
    ["$hash('', 'MD5')", 'd41d8cd98f00b204e9800998ecf8427e'],
    ["$hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ["$length($hash('x', 'SHA-512'))", 128],
    ['$random(7) = $random(7)', true],
    ['$random(7) = $random(8)', false],
    ['$uuid() = $uuid()', false],
    ["$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/) ? 'v4' : 'other'", 'v4'],
  ])('%s gives %j', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected)
  })

  it.each([
    '$partition([1], 0)',
    '$partition([1], -1)',
    "$partition('text', 1)",
    '$range(1, 5, 0)',
    '$range(1, 5, -1)',
    "$range(1, 5, 'x')",
    '$range(1, 1001, 1)',
    "$hash('x', 'SHA-3')",
    '$random("seed")',
    "$parse('{no')",
    '$parse(1)',
    '$parse($states.input.none)',
  ])('%s is a failed evaluation', async (expression) => {
    expect(await run(expression)).toMatchObject(FAILED)
  })

  it('$partition loses nothing, keeps the order, and no chunk but the last is short', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 12 }), async (list, size) => {
        const chunks = (await value('$partition($states.input.list, $states.input.size)', { list, size })) as number[][]
        expect(chunks.flat()).toEqual(list)
        expect(chunks.slice(0, -1).every((chunk) => chunk.length === size)).toBe(true)
        expect(chunks.at(-1)?.length).toBeLessThanOrEqual(size)
      }),
      { numRuns: 50 },
    )
  })

  it('$random stays between 0 and 1 for any seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const n = (await value('$random($states.input)', seed)) as number
        expect(n).toBeGreaterThanOrEqual(0)
        expect(n).toBeLessThan(1)
      }),
      { numRuns: 50 },
    )
  })
})

describe('any JSON', () => {
  it('goes through states and expressions unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (json) => {
        const input = JSON.parse(JSON.stringify({ json })) as Json
        const { output } = await runStateMachine(
          machine({ A: pass({ json: '{% $states.input.json %}' }, { Next: 'B' }), B: { Type: 'Succeed' } }),
          input,
        )
        expect(output).toEqual(input)
      }),
      { numRuns: 100 },
    )
  })
})

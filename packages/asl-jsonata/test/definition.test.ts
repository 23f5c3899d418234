import { describe, expect, it } from 'vitest'
import { InvalidDefinitionError, loadDefinition } from '../src/index.ts'
import { distributed, machine, pass, task } from './machine.ts'

const problems = (definition: unknown): string[] => {
  try {
    loadDefinition(definition)
    return []
  } catch (thrown) {
    if (!(thrown instanceof InvalidDefinitionError)) throw thrown
    return thrown.problems.map(({ location, message }) => `${location}: ${message}`)
  }
}
const problem = (definition: unknown) => problems(definition).join('\n')

const csv = (config: object) => ({
  Resource: 'arn:aws:states:::s3:getObject',
  Arguments: {},
  ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW', ...config },
})

describe('what is refused at load', () => {
  it.each([
    ['no object', '"text"', '/: Definition must be a valid JSON object'],
    ['no JSON', '{', 'Definition is no JSON'],
    ['nothing at all', undefined, 'Definition must be a valid JSON object'],
    ['missing parts', { QueryLanguage: 'JSONata' }, 'These fields are required: [States, StartAt]'],
    ['an unknown language', { ...machine({ A: pass(1) }), QueryLanguage: 'XPath' }, "/QueryLanguage: 'QueryLanguage' must be"],
    ['an unknown field of the machine', { ...machine({ A: pass(1) }), Timeout: 3 }, "/Timeout: Field 'Timeout' is not supported"],
    ['a StartAt that names nothing', { ...machine({ A: pass(1) }), StartAt: 'B' }, "'StartAt' names a state that does not exist"],
    ['a dangling Next', machine({ A: { Type: 'Pass', Next: 'B' } }), '/States/A/Next: MISSING_TRANSITION_TARGET'],
    [
      'a dangling Default',
      machine({ A: { Type: 'Choice', Choices: [{ Condition: true, Next: 'A' }], Default: 'B' } }),
      '/States/A/Default',
    ],
    ['an unreachable state', machine({ A: pass(1), B: pass(2) }), "/States/B: MISSING_TRANSITION_TO_STATE: State 'B' is not reachable"],
    ['a state that does not end', machine({ A: { Type: 'Pass' } }), "/States/A: The state needs 'Next' or 'End': true"],
    ['a state with two ends', machine({ A: { Type: 'Pass', Next: 'A', End: true } }), "'Next' and 'End' exclude each other"],
    ['an unknown Type', machine({ A: { Type: 'Sleep', End: true } }), "State 'A' has no known 'Type'"],
    ['a field of another Type', machine({ A: pass(1, { Seconds: 1 }) }), "Field 'Seconds' is not supported (state 'A', Type Pass)"],
    ['a Wait without a time', machine({ A: { Type: 'Wait', End: true } }), "exactly one of 'Seconds' and 'Timestamp'"],
    ['a Wait of half a second', machine({ A: { Type: 'Wait', Seconds: 0.5, End: true } }), "Field 'Seconds' must be an integer"],
    ['a timestamp without an offset', machine({ A: { Type: 'Wait', Timestamp: '2025-01-01T00:00:00', End: true } }), 'RFC 3339'],
    ['a Resource that is computed', machine({ A: task('{% $states.input.arn %}') }), "'Resource' must be a constant string"],
    [
      'a heartbeat beyond the timeout',
      machine({ A: task('r', { TimeoutSeconds: 5, HeartbeatSeconds: 5 }) }),
      "smaller than 'TimeoutSeconds'",
    ],
    ['an expression that does not parse', machine({ A: pass('{% 1 + %}') }), '/States/A/Output: The JSONata expression'],
    ['a result where there is none', machine({ A: pass('{% $states.result %}') }), '$states.result does not exist in this field'],
    [
      'an error output outside Catch',
      machine({ A: task('r', { Output: '{% $states.errorOutput %}' }) }),
      '$states.errorOutput does not exist',
    ],
    [
      'a Choice without rules',
      machine({ A: { Type: 'Choice', Choices: [], Default: 'A' } }),
      "'Choices' must be an array of at least one rule",
    ],
    [
      'an ErrorEquals of nothing',
      machine({ A: task('r', { Retry: [{ ErrorEquals: [] }] }) }),
      "'ErrorEquals' must be an array of at least one",
    ],
    [
      'a wildcard beside a name',
      machine({ A: task('r', { Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] }) }),
      "'States.ALL' must be the only error",
    ],
    [
      'a wildcard that is not last',
      machine({ A: task('r', { Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] }) }),
      'in the last',
    ],
    [
      'a delay cap below the interval',
      machine({ A: task('r', { Retry: [{ ErrorEquals: ['X'], IntervalSeconds: 9, MaxDelaySeconds: 3 }] }) }),
      'greater than',
    ],
    ['a reserved variable', machine({ A: pass(1, { Assign: { states: 1 } }) }), "'states' is reserved"],
    ['a Task of more seconds than the limit', machine({ A: task('r', { TimeoutSeconds: 100_000_000 }) }), 'between 1 and 99999999'],
    [
      'a CSV delimiter of no known name',
      distributed({ ItemReader: csv({ CSVDelimiter: 'HASH' }) }),
      'one of COMMA, PIPE, SEMICOLON, SPACE, TAB',
    ],
    ['given headers that are not given', distributed({ ItemReader: csv({ CSVHeaderLocation: 'GIVEN' }) }), "'CSVHeaders' is required"],
    [
      'a writer that writes elsewhere',
      distributed({ ResultWriter: { Resource: 'r', Arguments: {} } }),
      "'Resource' must be S3 putObject, not r",
    ],
    ['a Map without a processor', machine({ A: { Type: 'Map', End: true } }), 'These fields are required: [ItemProcessor]'],
  ])('%s', (_, definition, message) => {
    expect(problem(definition)).toContain(message)
  })

  it('lists every problem at once', () => {
    expect(problems(machine({ A: { Type: 'Pass', Next: 'B' }, C: { Type: 'Wait', End: true } }))).toHaveLength(3)
  })

  it('looks into branches and item processors', () => {
    const definition = machine({
      P: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'M', States: { M: { Type: 'Map', End: true, ItemProcessor: machine({ A: { Type: 'Pass', Next: 'B' } }) } } }],
        End: true,
      },
    })
    expect(problem(definition)).toContain('/States/P/Branches[0]/States/M/ItemProcessor/States/A/Next: MISSING_TRANSITION_TARGET')
  })

  it('refuses to assign an outer variable from an inner scope', () => {
    const inner = { StartAt: 'I', States: { I: pass(1, { Assign: { total: 2 } }) } }
    const definition = machine({
      A: pass(1, { Assign: { total: 1 }, Next: 'P' }),
      P: { Type: 'Parallel', Branches: [inner], End: true },
    })
    expect(problem(definition)).toContain("Variable 'total' is assigned in an outer scope")
  })
})

describe('the JSONPath dialect', () => {
  const jsonPath = (state: Record<string, unknown>, top = {}) => ({ ...top, StartAt: 'Fetch', States: { Fetch: { End: true, ...state } } })

  it.each([
    ['no language at all', jsonPath({ Type: 'Pass' })],
    ['JSONPath at the top', jsonPath({ Type: 'Pass' }, { QueryLanguage: 'JSONPath' })],
    ['JSONPath at the state', jsonPath({ Type: 'Pass', QueryLanguage: 'JSONPath' })],
  ])('is refused with %s, naming the state and the field', (_, definition) => {
    expect(problem(definition)).toMatch(/Only JSONata state machines run here.*state 'Fetch', field 'QueryLanguage'/)
  })

  it.each(['InputPath', 'OutputPath', 'ResultPath', 'Parameters', 'Result', 'ResultSelector'])(
    'has %s, which is refused by name',
    (field) => {
      const definition = machine({ Fetch: { Type: 'Pass', [field]: '$', End: true } })
      expect(problem(definition)).toContain(`Field '${field}' is JSONPath only; this machine must be JSONata (state 'Fetch', Type Pass)`)
    },
  )

  it('cannot be returned to in a JSONata machine', () => {
    const definition = machine({ Fetch: pass(1, { QueryLanguage: 'JSONPath', Output: undefined }) })
    expect(problem(definition)).toContain("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
  })

  it('may be beside a JSONata state where both languages read a state alike', () => {
    const definition = {
      StartAt: 'Ask',
      States: {
        Ask: { Type: 'Choice', QueryLanguage: 'JSONata', Choices: [{ Condition: '{% true %}', Next: 'Done' }], Default: 'Bad' },
        Done: { Type: 'Pass', End: true },
        Bad: { Type: 'Fail', Cause: 'never' },
      },
    }
    expect(problem(definition)).toBe('')
    definition.States.Done = { Type: 'Pass', End: true, Output: 1 } as never
    expect(problem(definition)).toContain(`Field 'Output' needs "QueryLanguage": "JSONata" (state 'Done')`)
    definition.States.Done = { Type: 'Pass', End: true, Assign: { 'x.$': '$' } } as never
    expect(problem(definition)).toContain("Field 'x.$' is JSONPath only")
  })
})

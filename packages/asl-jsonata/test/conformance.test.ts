import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type ExecutionResult, type Json, runStateMachine } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'

interface Recording {
  source: string
  cases: { id: string; definition: unknown; input: Json; expected: ExecutionResult }[]
}
const recorded = JSON.parse(readFileSync(new URL('conformance/asl-jsonata-recorded.json', import.meta.url), 'utf8')) as Recording

describe('executions recorded on AWS', () => {
  it.each(recorded.cases)('$id ends as it did there', async ({ definition, input, expected }) => {
    const { status, output, error } = await runStateMachine(definition, input, { clock: virtualClock() })

    // Cause texts need not match.
    expect({ status, output, error }).toEqual({ status: expected.status, output: expected.output, error: expected.error })
  })
})

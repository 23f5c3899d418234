import { expect, it } from 'vitest'
import { checkDefinition } from '../src/check.ts'
import { machine, pass, task } from './machine.ts'

const findings = (definition: unknown) =>
  checkDefinition(JSON.stringify(definition)).map((f) => `${f.severity} ${f.location}: ${f.message}`)

it('passes a sound definition in silence', () => {
  expect(findings(machine({ A: task('r', { TimeoutSeconds: 5 }) }))).toEqual([])
})

it('warns of what is accepted and not meant', () => {
  expect(findings(machine({ A: task('r', { Arguments: { 'x.$': '$.x', y: ' {% 1 %}', z: '{% 1' } }) }))).toEqual([
    'warning /States/A: A Task without TimeoutSeconds may wait for a year',
    'warning /States/A/Arguments/x.$: A key that ends in .$ is an ordinary key in JSONata',
    'warning /States/A/Arguments/y: Not an expression: it must begin with {% and end with %}',
    'warning /States/A/Arguments/z: Not an expression: it must begin with {% and end with %}',
  ])
})

it('reports errors as loading does', () => {
  expect(findings(machine({ A: pass(1, { Next: 'B' }) }))[0]).toMatch(/^error \/States\/A\/Next: MISSING_TRANSITION_TARGET/)
})

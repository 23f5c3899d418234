import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import validate from 'asl-validator'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { root, venvFolder } from '../../setup/places.mjs'
import { CONNECTIONS, TOPIC } from '../unit/infra/kafka-connections.ts'
import { stackOf } from '../unit/infra/lander-stack.ts'
import { ofType, packagedService, propertiesOf } from './template.ts'

const machineFiles = readdirSync(join(root, 'statemachines')).filter((name) => name.endsWith('.asl.json'))
let service: Awaited<ReturnType<typeof packagedService>>
beforeAll(async () => {
  service = await packagedService()
}, 120_000)

describe('the packaged templates', () => {
  it('pass cfn-lint', async () => {
    const lint = await execa(join(venvFolder, 'bin', 'cfn-lint'), Object.keys(service.files), { cwd: root, reject: false, all: true })
    expect(lint.all, lint.all).toBe('')
    expect(lint.exitCode).toBe(0)
  }, 120_000)

  it('of datasets with a stream pass cfn-lint, whatever the stream is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-lint-'))
    const stacks = [
      stackOf('{ kinesis: { stream: clicks } }'),
      ...Object.values(CONNECTIONS).map((connection) => stackOf(TOPIC, { connection })),
    ]
    const files = stacks.map((_, index) => join(folder, `${index}.json`))
    await Promise.all(stacks.map(({ template }, index) => writeFile(files[index] as string, JSON.stringify(template))))
    const lint = await execa(join(venvFolder, 'bin', 'cfn-lint'), files, { cwd: root, reject: false, all: true })
    await rm(folder, { recursive: true })
    expect(lint.all, lint.all).toBe('')
    expect(lint.exitCode).toBe(0)
  }, 120_000)

  it('have a state machine for each file of statemachines/, and no other', () => {
    const names = ofType(service.resources, 'AWS::StepFunctions::StateMachine').map(([, machine]) => propertiesOf(machine).StateMachineName)
    expect(names.sort()).toEqual(machineFiles.map((file) => `sluice-dev-${file.replace('.asl.json', '')}`).sort())
  })
})

describe.each(machineFiles)('statemachines/%s', (file) => {
  const text = readFileSync(join(root, 'statemachines', file), 'utf8')
  const machine = () =>
    ofType(service.resources, 'AWS::StepFunctions::StateMachine')
      .map(([, resource]) => propertiesOf(resource))
      .find(({ StateMachineName }) => StateMachineName === `sluice-dev-${file.replace('.asl.json', '')}`)

  it('is valid Amazon States Language', () => {
    const { isValid, errorsText } = validate(JSON.parse(text), { checkArn: true, checkPaths: true })
    expect(isValid, errorsText('\n')).toBe(true)
  })

  // The framework drops null from a template, and CloudFormation refuses it; "{% null %}" is the same to Step Functions.
  it('is packaged unchanged', () => {
    expect(machine().Definition).toEqual(JSON.parse(text))
  })

  it('has placeholders that are exactly the substitutions of the template', () => {
    const placeholders = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name))
    expect(Object.keys(machine().DefinitionSubstitutions).sort()).toEqual([...placeholders].sort())
  })
})

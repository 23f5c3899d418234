import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { environmentSchema } from '../../functions/runtime/config.ts'
import { functionFile } from '../../infra/packaging/functions.ts'
import { root } from '../../setup/places.mjs'
import { ofType, packagedService, propertiesOf } from './template.ts'

const names = readdirSync(join(root, 'functions', 'handlers')).map((file) => file.replace(/\.ts$/, ''))
/** Those that are made once; a lander is made for each dataset that has one (test/unit/infra/stream-lander.test.ts). */
const once = names.filter((name) => functionFile(root, name).each === undefined)
let service: Awaited<ReturnType<typeof packagedService>>
beforeAll(async () => {
  service = await packagedService()
}, 120_000)

const functions = () => ofType(service.resources, 'AWS::Lambda::Function').map(([id, resource]) => ({ id, ...propertiesOf(resource) }))
const functionOf = (name: string) => functions().find(({ FunctionName }) => FunctionName === `sluice-dev-${name}`)

/** Every variable that is read by what is left of the handler and its imports once esbuild has dropped what it does not use. */
async function keysRead(name: string): Promise<string[]> {
  const handler = join(root, 'functions', 'handlers', `${name}.ts`)
  const options = { bundle: true, write: false, format: 'esm', platform: 'node', packages: 'external', logLevel: 'silent' } as const
  const { outputFiles } = await build({ ...options, entryPoints: [handler], absWorkingDir: root })
  const calls = [...(outputFiles[0]?.text ?? '').matchAll(/readConfig\(([^)]*)\)/g)]
  return [...new Set(calls.flatMap(([, list]) => [...(list ?? '').matchAll(/"(\w+)"/g)].map(([, key]) => key as string)))].sort()
}

describe('functions', () => {
  it('are the files of functions/handlers, and those of infra/functions', () => {
    const infra = readdirSync(join(root, 'infra', 'functions')).map((file) => file.replace(/\.yml$/, ''))
    expect(infra.sort()).toEqual([...names].sort())
    expect(functions().map(({ FunctionName }) => FunctionName)).toEqual(once.map((name) => `sluice-dev-${name}`).sort())
  })

  it('have use cases of the same name', () => {
    const useCases = readdirSync(join(root, 'functions', 'use-cases'), { recursive: true, encoding: 'utf8' }).map((file) =>
      basename(file, '.ts'),
    )
    expect(names.filter((name) => !useCases.includes(name))).toEqual([])
  })

  it('together read every variable of the schema', async () => {
    const read = new Set((await Promise.all(names.map(keysRead))).flat())
    expect(Object.keys(environmentSchema).filter((key) => !read.has(key))).toEqual([])
  })
})

describe.each(names.filter((name) => !once.includes(name)))('function %s', (name) => {
  it('has a list of the variables that it reads', async () => {
    expect([...functionFile(root, name).environment].sort()).toEqual(await keysRead(name))
  })
})

describe.each(once)('function %s', (name) => {
  it('is given the variables that it reads, and no others', async () => {
    expect(Object.keys(functionOf(name).Environment?.Variables ?? {}).sort()).toEqual(await keysRead(name))
  })

  it('has a role and a log group of its own', () => {
    const { Role, Handler, id } = functionOf(name)
    expect(Handler).toBe(`functions/handlers/${name}.handler`)
    expect(Role).toEqual({ 'Fn::GetAtt': [id.replace('LambdaFunction', 'Role'), 'Arn'] })
    expect(propertiesOf(service.resources[id.replace('LambdaFunction', 'LogGroup')]).RetentionInDays).toBeGreaterThan(0)
  })
})

import { describe, expect, it } from 'vitest'
import { type Json, runStateMachine, type TaskCall } from '../src/index.ts'
import { distributed, failure, pass } from './machine.ts'

const GET = 'arn:aws:states:::s3:getObject'
const LIST = 'arn:aws:states:::s3:listObjectsV2'

const reader = (config: object, Resource = GET) => ({
  ItemReader: { Resource, Arguments: { Bucket: '{% $states.input.bucket %}', Key: 'k' }, ReaderConfig: config },
})
const read = (body: unknown, config: object, fields: Record<string, unknown> = {}) =>
  runStateMachine(distributed({ ...reader(config), ...fields }), { bucket: 'b' }, { tasks: { [GET]: () => ({ Body: body }) } })

describe('ItemReader', () => {
  const CSV = 'a,b\r\n1,"x, ""y"""\n\n2,"line\nbreak"\n3\n4,5,6'

  it('reads the rows of a CSV file as text, short rows filled and long ones cut', async () => {
    const { output } = await read(CSV, { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' })
    expect(output).toEqual([
      { a: '1', b: 'x, "y"' },
      { a: '2', b: 'line\nbreak' },
      { a: '3', b: '' },
      { a: '4', b: '5' },
    ])
  })

  it('takes given headers and another delimiter', async () => {
    const config = { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['x', 'y'], CSVDelimiter: 'PIPE', MaxItems: 1 }
    expect((await read(Buffer.from('1|2\n3|4'), config)).output).toEqual([{ x: '1', y: '2' }])
  })

  it('reads an array, a nested array and lines of JSON', async () => {
    expect((await read('[1,{"a":2}]', { InputType: 'JSON' })).output).toEqual([1, { a: 2 }])
    expect((await read('{"a/b":{"list":[7]}}', { InputType: 'JSON', ItemsPointer: '/a~1b/list' })).output).toEqual([7])
    expect((await read({ transformToString: async () => '{"a":1}\n\n{"a":2}\n' }, { InputType: 'JSONL' })).output).toEqual([
      { a: 1 },
      { a: 2 },
    ])
  })

  it.each<[string, string, object]>([
    ['an object', '{"a":1}', { InputType: 'JSON' }],
    ['no JSON', '{', { InputType: 'JSON' }],
    ['a broken line', '{"a":1}\n{', { InputType: 'JSONL' }],
    ['headers that repeat', 'a,a\n1,2', { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' }],
    ['a negative MaxItems', '[1]', { InputType: 'JSON', MaxItems: '{% -1 %}' }],
  ])('fails on %s', async (_, body, config) => {
    const result = await read(body, config)
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed' })
    expect(result.history.map(({ type }) => type).slice(2)).toEqual([
      'MapStateStarted',
      'MapRunStarted',
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ])
    expect(result.mapRuns).toMatchObject([{ status: 'FAILED', executionCounts: { total: 0 } }])
  })

  it('fails, and may be caught, when the object is not there', async () => {
    const tasks = {
      [GET]: () => {
        throw failure('S3.NoSuchKeyException', 'no such key')
      },
    }
    const caught = distributed({ ...reader({ InputType: 'JSON' }), Catch: [{ ErrorEquals: ['States.ItemReaderFailed'], Next: 'Z' }] })
    const definition = { ...caught, States: { ...caught.States, Z: pass('{% $states.input.Cause %}') } }
    const { output } = await runStateMachine(definition, { bucket: 'b' }, { tasks })
    expect(output).toBe('S3.NoSuchKeyException: no such key')
  })

  it('lists objects over all pages', async () => {
    const pages: Record<string, unknown>[] = [
      {
        Contents: [{ Key: 'a', Size: 1, ETag: '"e"', LastModified: new Date(1000), StorageClass: 'STANDARD' }],
        NextContinuationToken: 't',
      },
      { Contents: [{ Key: 'b', Size: 2, ETag: '"f"', LastModified: new Date(2000) }] },
    ]
    const asked: Json[] = []
    const tasks = { [LIST]: (call: TaskCall) => pages[asked.push(call.arguments) - 1] }
    const definition = distributed({ ItemReader: { Resource: LIST, Arguments: { Bucket: 'b', Prefix: 'p/' } } })
    const { output } = await runStateMachine(definition, {}, { tasks })
    expect(output).toEqual([
      { Key: 'a', Size: 1, Etag: '"e"', LastModified: 1, StorageClass: 'STANDARD' },
      { Key: 'b', Size: 2, Etag: '"f"', LastModified: 2, StorageClass: 'STANDARD' },
    ])
    expect(asked).toEqual([
      { Bucket: 'b', Prefix: 'p/' },
      { Bucket: 'b', Prefix: 'p/', ContinuationToken: 't' },
    ])
  })

  it('iterates over the entries of an object from the state itself', async () => {
    const selector = { key: '{% $states.context.Map.Item.Key %}', value: '{% $states.context.Map.Item.Value %}' }
    const { output } = await runStateMachine(distributed({ ItemSelector: selector }), { a: 1, b: [2] })
    expect(output).toEqual([
      { key: 'a', value: 1 },
      { key: 'b', value: [2] },
    ])
  })
})

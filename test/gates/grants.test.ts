import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../setup/places.mjs'
import { ofType, packagedService, propertiesOf } from './template.ts'

// What a function may do and no line of it could ask for is a permission too many. That it may do enough is proven by
// running it under its role, on the laptop.

/** IAM's action where it is not the command's own name. */
const ACTIONS: Record<string, string[]> = {
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:CopyObject': ['s3:GetObject', 's3:PutObject'],
  's3:DeleteObjects': ['s3:DeleteObject'],
  // S3 answers 403 in place of 404 to who may not list.
  's3:GetObject': ['s3:GetObject', 's3:ListBucket'],
  'dynamodb:Get': ['dynamodb:GetItem'],
  'dynamodb:Put': ['dynamodb:PutItem'],
  'dynamodb:Update': ['dynamodb:UpdateItem'],
  'dynamodb:Delete': ['dynamodb:DeleteItem'],
  'dynamodb:BatchGet': ['dynamodb:BatchGetItem'],
  'dynamodb:TransactWrite': ['dynamodb:UpdateItem'],
}
const SERVICES: Record<string, string> = {
  'client-sfn': 'states',
  'client-cloudwatch': 'cloudwatch',
  'client-eventbridge': 'events',
  'lib-dynamodb': 'dynamodb',
}

/** Every action that the handler's code, with all that it imports, could ask for. */
async function possibleActions(handler: string): Promise<Set<string>> {
  const options = { bundle: true, write: false, metafile: true, platform: 'node', packages: 'external', logLevel: 'silent' } as const
  const { metafile } = await build({ ...options, entryPoints: [join(root, handler)], absWorkingDir: root })
  const texts = Object.keys(metafile.inputs).map((file) => readFileSync(join(root, file), 'utf8'))
  const imported = texts.flatMap((text) => [...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/((?:client|lib)-[\w-]+)'/g)])
  const actions = imported.flatMap(([, names = '', library = '']) => {
    const service = SERVICES[library] ?? library.replace('client-', '')
    const commands = [...names.matchAll(/\b(?:(\w+)Command|paginate(\w+))\b/g)].map(
      ([, command, pages]) => `${service}:${command ?? pages}`,
    )
    return commands.flatMap((command) => ACTIONS[command] ?? [command])
  })
  return new Set(actions)
}

let service: Awaited<ReturnType<typeof packagedService>>
beforeAll(async () => {
  service = await packagedService()
})

/** Given to every function, to consumers of a queue, and for the keys behind buckets and topics. */
const BESIDE = /^(logs|xray|kms):|^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes|ChangeMessageVisibility)$/

describe('functions', () => {
  it('are allowed nothing that their code could not ask for', async () => {
    const needless: string[] = []
    for (const [id, resource] of ofType(service.resources, 'AWS::Lambda::Function')) {
      const { Handler, Role } = propertiesOf(resource)
      const possible = await possibleActions(Handler.replace(/\.handler$/, '.ts'))
      const allowed: string[] = propertiesOf(service.resources[Role['Fn::GetAtt'][0]]).Policies[0].PolicyDocument.Statement.flatMap(
        ({ Action }: { Action: string | string[] }) => Action,
      )
      needless.push(...allowed.filter((action) => !BESIDE.test(action) && !possible.has(action)).map((action) => `${id}: ${action}`))
    }
    expect(needless).toEqual([])
  })
})

import { AwsError } from '../aws/aws-error.ts'
import { readBody } from '../aws/aws-request.ts'
import type { LocalService } from '../aws/local-service.ts'
import type { FunctionHost } from './function-host.ts'
import type { MappingStates } from './mapping-states.ts'

const INVOCATION = /^\/2015-03-31\/functions\/([^/]+)\/invocations/

/** What new accounts are raised to; the laptop itself has no limit. */
const ACCOUNT_LIMIT = { ConcurrentExecutions: 1000 }
const ACCOUNT_SETTINGS = '/2016-08-19/account-settings/'

const CONFIGURATION = /^\/2015-03-31\/functions\/([^/]+)\/configuration/

const MAPPINGS = '/2015-03-31/event-source-mappings'

/** Lambda's Invoke, GetFunctionConfiguration, ListEventSourceMappings of streams and topics, and GetAccountSettings, for state machines and the command line. The functions are not in moto. */
export function lambdaService(host: FunctionHost, mappingStates?: MappingStates): LocalService {
  return {
    claims: () => true,
    async answer(request) {
      if (request.path === ACCOUNT_SETTINGS) {
        return json({ AccountLimit: ACCOUNT_LIMIT })
      }
      const { pathname, searchParams } = new URL(request.path, 'http://localhost')
      if (mappingStates && request.method === 'GET' && pathname.replace(/\/$/, '') === MAPPINGS) {
        const name = searchParams.get('FunctionName') ?? ''
        return json({ EventSourceMappings: mappingStates.list(name.split(':').at(-1) ?? '') })
      }
      const configured = CONFIGURATION.exec(request.path)?.[1]
      const name = decodeURIComponent(configured ?? INVOCATION.exec(request.path)?.[1] ?? '')
      if (name === '') throw new AwsError('UnsupportedOperation', `The laptop's Lambda does not know ${request.method} ${request.path}`)
      if (!host.names().includes(name.split(':').at(-1) ?? '')) {
        throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404)
      }
      if (configured !== undefined) {
        const Variables = host.environmentOf(name.split(':').at(-1) ?? '')
        return json({ FunctionName: name, Environment: { Variables } })
      }
      const event = parseEvent((await readBody(request.message)).toString('utf8'))
      if (request.message.headers['x-amz-invocation-type'] === 'Event') {
        // Its failure is in the function's log.
        host.invoke(name, event).catch(() => {})
        return { status: 202, body: '' }
      }
      const invocation = await host.invoke(name, event)
      const headers = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' }
      if ('payload' in invocation) return { status: 200, headers, body: invocation.payload }
      return { status: 200, headers: { ...headers, 'x-amz-function-error': 'Unhandled' }, body: JSON.stringify(invocation.error) }
    },
  }
}

const json = (body: object) => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

function parseEvent(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body)
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json')
  }
}

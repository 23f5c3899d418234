import { AwsError } from './aws-error.ts'
import { readBody } from './aws-request.ts'
import type { LocalService } from './local-service.ts'

export type QueryOperation = (input: URLSearchParams) => string

/** Some operations of a service that speaks AWS's query protocol. Each gives what belongs inside `<…Result>`. */
export function queryService(operations: Record<string, QueryOperation>): LocalService {
  return {
    claims: () => true,
    async answer({ service, message }) {
      const input = new URLSearchParams((await readBody(message)).toString('utf8'))
      const action = input.get('Action') ?? ''
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined
      if (!operation) throw new AwsError('UnsupportedOperation', `The laptop has no ${service}:${action}`, 400)
      const body = `<${action}Response><${action}Result>${operation(input)}</${action}Result></${action}Response>`
      return { status: 200, headers: { 'content-type': 'text/xml' }, body }
    },
  }
}

/** The values of a list in the query protocol: `ActionNames.member.1`, `ActionNames.member.2`, … */
export function members(input: URLSearchParams, name: string): string[] {
  const found: string[] = []
  for (let index = 1; ; index++) {
    const value = input.get(`${name}.member.${index}`)
    if (value === null) return found
    found.push(value)
  }
}

export const escapedXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

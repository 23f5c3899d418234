import { arn, type Call } from './call.ts'
import type { Ask } from './policy.ts'

const PARTS: Record<string, string> = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: 'ConditionCheckItem' }

/** A transaction needs the actions of its parts; a query of an index is one on the index, not on the table. */
export function dynamodbAsks({ operation = '', body }: Call): Ask[] {
  const input = JSON.parse(body)
  const table = (name: string) => arn('dynamodb', `table/${name}`)
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    return Object.keys(input.RequestItems).map((name) => ({ action: `dynamodb:${operation}`, resource: table(name) }))
  }
  if (operation === 'TransactWriteItems') {
    const asked = (input.TransactItems as Record<string, { TableName: string }>[]).flatMap(Object.entries)
    const unique = new Set(asked.map(([part, { TableName }]) => `${PARTS[part]} ${table(TableName)}`))
    return [...unique].map((line) => ({ action: `dynamodb:${line.split(' ')[0]}`, resource: line.split(' ')[1] as string }))
  }
  const resource = input.IndexName ? `${table(input.TableName)}/index/${input.IndexName}` : table(input.TableName)
  return [{ action: `dynamodb:${operation}`, resource }]
}

import { arn, type Call } from './call.ts'
import type { Ask } from './policy.ts'

const PARTS: Record<string, string> = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: 'ConditionCheckItem' }

type Attributes = Record<string, { S?: string }>
interface Item {
  TableName: string
  Key?: Attributes
  Item?: Attributes
}

const table = (name: string) => arn('dynamodb', `table/${name}`)

/** A call asks for each of its leading keys: the value of the partition key, which is `pk` in every table of ours. */
function ask(action: string, resource: string, key: Attributes | undefined): Ask {
  const leading = key?.['pk']?.S
  return { action: `dynamodb:${action}`, resource, ...(leading !== undefined && { context: { 'dynamodb:LeadingKeys': leading } }) }
}

/** A transaction needs the actions of its parts; a query of an index is one on the index, not on the table. */
export function dynamodbAsks({ operation = '', body }: Call): Ask[] {
  const input = JSON.parse(body)
  if (operation === 'BatchGetItem') {
    const requests = Object.entries(input.RequestItems as Record<string, { Keys?: Attributes[] }>)
    return unique(requests.flatMap(([name, { Keys = [] }]) => Keys.map((key) => ask(operation, table(name), key))))
  }
  if (operation === 'BatchWriteItem') {
    return Object.keys(input.RequestItems).map((name) => ask(operation, table(name), undefined))
  }
  if (operation === 'TransactWriteItems') {
    const parts = (input.TransactItems as Record<string, Item>[]).flatMap((item) => Object.entries(item))
    return unique(parts.map(([part, { TableName, Key, Item }]) => ask(PARTS[part] ?? part, table(TableName), Key ?? Item)))
  }
  const resource = input.IndexName ? `${table(input.TableName)}/index/${input.IndexName}` : table(input.TableName)
  const queried = operation === 'Query' ? { pk: input.ExpressionAttributeValues?.[':pk'] ?? {} } : undefined
  return [ask(operation, resource, input.Key ?? input.Item ?? queried)]
}

const unique = (asks: Ask[]) => [...new Map(asks.map((each) => [JSON.stringify(each), each])).values()]

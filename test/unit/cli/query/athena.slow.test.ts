import { AthenaClient } from '@aws-sdk/client-athena'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { queryAthena } from '../../../../cli/query/athena.ts'
import { type OpenAws, startOpenAws } from '../../laptop/open-aws.ts'

let aws: OpenAws
let client: AthenaClient
beforeAll(async () => {
  aws = await startOpenAws()
  client = new AthenaClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
})
afterAll(async () => {
  client?.destroy()
  await aws?.stop()
})

const ask = async (sql: string, limit?: number) => {
  const result = await queryAthena(sql, { database: 'sluice_dev', workgroup: 'primary', ...(limit && { limit }) }, client)
  const rows = []
  for await (const row of result.rows) rows.push(row)
  return { columns: result.columns, rows }
}

describe('a query over a stage, by Athena', () => {
  it('gives columns and rows, without the row of names that Athena puts first', async () => {
    const row = (...texts: (string | undefined)[]) => ({ Data: texts.map((VarCharValue) => ({ VarCharValue })) })
    const results = [
      {
        rows: [row('id', 'amount'), row('x', '1.50'), row('y')],
        column_info: ['id', 'amount'].map((Name) => ({ Name, Type: 'varchar' })),
      },
    ]
    const headers = { 'x-sluice-gateway': aws.secret }
    const queue = { method: 'POST', headers, body: JSON.stringify({ account_id: '123456789012', region: 'us-east-1', results }) }
    expect((await fetch(`http://127.0.0.1:${aws.port}/moto-api/static/athena/query-results`, queue)).status).toBe(201)
    const result = await ask('SELECT id, amount FROM orders')
    expect(result.columns.map(({ name }) => name)).toEqual(['id', 'amount'])
    expect(result.rows[0]).toEqual(['x', '1.50'])
  })

  it('only reads', async () => {
    for (const sql of [
      'DROP TABLE orders',
      '-- SELECT\nINSERT INTO orders VALUES (1)',
      '/* select */ ALTER TABLE orders ADD COLUMNS (x int)',
      '',
    ])
      await expect(ask(sql)).rejects.toThrow('give one SELECT: a query only reads')
  })

  it("gives Athena's own words when it refuses", async () => {
    const broken = {
      config: client.config,
      send: async () => Promise.reject(Object.assign(new Error('No output location provided.'), { name: 'InvalidRequestException' })),
    }
    await expect(queryAthena('SELECT 1', { database: 'd', workgroup: 'w' }, broken as any)).rejects.toThrow(
      'Athena refuses the query: No output location provided.',
    )
  })
})

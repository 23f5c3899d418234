import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import mysql from 'mysql2/promise'
import { MARIADB_JARS, setUpJars } from '../../setup/jars.mjs'
import { python, root } from '../../setup/places.mjs'

/** As test/glue/mysql_server.py has them. */
export const USER = 'sluice'
export const PASSWORD = 's3cret-päss'

/** A MariaDB of the test's own, which speaks MySQL's protocol. */
export async function startMySql() {
  await setUpJars(() => {}, MARIADB_JARS)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-mysql-'))
  const server = execa(python, [join(root, 'test', 'glue', 'mysql_server.py'), join(folder, 'server')], { stdin: 'pipe' })
  const port = await new Promise<number>((resolve, reject) => {
    server.stdout.once('data', (text) => resolve(Number(text)))
    server.catch(reject)
  })
  const client = await mysql.createConnection({ host: '127.0.0.1', port, user: USER, password: PASSWORD, database: 'shop' })
  let stopped: Promise<void> | undefined
  const stop = async () => {
    await client.end()
    server.stdin.end()
    await server
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    url: `mysql://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/shop`,
    sql: async (text: string): Promise<Record<string, string>[]> => (await client.query(text))[0] as Record<string, string>[],
    /** Also when it has stopped. */
    stop: () => (stopped ??= stop()),
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from '../../setup/places.mjs'
import { upFolder, writePrivate } from '../deployment/local-connection.ts'

/** Where the page was served: a page that is open finds the next start there. */
const file = join(upFolder, 'page')

/**
 * Serves the report of the pipeline that has been announced, and gives its address. In a process of its own, which ends with
 * this one: SDK clients are pointed at the laptop by the environment, and that of the pipeline must stay as it is.
 * @param port this and no other; else that of the start before, or any
 * @returns no address when it could not be started; a pipeline is worth having without
 */
export async function serveLiveReport(port?: number): Promise<{ url: string | undefined; stop(): Promise<void> }> {
  const at = port === undefined ? [] : ['--port', String(port)]
  const words = [join(root, 'cli', 'sluice.mjs'), 'report', '--local', '--serve', ...at]
  const env = { SLUICE_PAGE: lastPlace() }
  // The channel is the leash: it closes however this process ends.
  const child = execa(process.execPath, words, { stdin: 'ignore', stderr: 'ignore', buffer: false, reject: false, ipc: true, env })
  // Not by iterating over the child: leaving that loop waits for the child to end.
  const url = await new Promise<string | undefined>((resolve) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      const found = said.match(/http:\S+(?=\s)/)?.[0]
      if (found) resolve(found)
    })
    void child.then(() => resolve(undefined))
  })
  if (url !== undefined) writePrivate(file, `${new URL(url).port}${new URL(url).pathname.replace(/\/$/, '')}`)
  const stop = async () => {
    child.kill()
    await child
  }
  return { url, stop }
}

/** `<port>/<token>`, or empty. */
function lastPlace(): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

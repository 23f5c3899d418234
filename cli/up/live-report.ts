import { join } from 'node:path'
import { execa } from 'execa'
import { root } from '../../setup/places.mjs'

/**
 * Serves the report of the pipeline that has been announced, and gives its address. In a process of its own, which ends with
 * this one: SDK clients are pointed at the laptop by the environment, and that of the pipeline must stay as it is.
 * @returns undefined when it could not be started; a pipeline is worth having without
 */
export async function serveLiveReport(): Promise<string | undefined> {
  const words = [join(root, 'cli', 'sluice.mjs'), 'report', '--local', '--serve']
  // The channel is the leash: it closes however this process ends.
  const child = execa(process.execPath, words, { stdin: 'ignore', stderr: 'ignore', buffer: false, reject: false, ipc: true })
  // Not by iterating over the child: leaving that loop waits for the child to end.
  return new Promise((resolve) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      const url = said.match(/http:\S+(?=\s)/)?.[0]
      if (url) resolve(url)
    })
    void child.then(() => resolve(undefined))
  })
}

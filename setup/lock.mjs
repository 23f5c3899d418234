// One at a time: two set-ups would write into the same environment, two packagings into the framework's one work folder.
// A lock of a process that is gone is taken over.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stateFolder } from './places.mjs'

export async function withLock(say, work, doing = 'set-up') {
  const file = join(stateFolder, `${doing}.lock`)
  mkdirSync(stateFolder, { recursive: true })
  for (let waited = 0; !tryLock(file); waited++) {
    if (waited === 0) say(`Another ${doing} is running; waiting for it`)
    await sleep(500)
  }
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  if (!ownerIsGone(file)) return false
  // Renaming first lets only one of several waiters remove the dead owner's lock.
  try {
    renameSync(file, `${file}.${process.pid}`)
    rmSync(`${file}.${process.pid}`)
  } catch {}
  return false
}

function ownerIsGone(file) {
  try {
    const owner = Number(readFileSync(file, 'utf8'))
    if (owner === 0) return false
    process.kill(owner, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

// `node setup/lock.mjs packaging` holds the lock for another process: it prints a line when it has it, and lets go when its input ends.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await withLock(
    (line) => process.stderr.write(`${line}\n`),
    async () => {
      process.stdout.write('held\n')
      for await (const _ of process.stdin);
    },
    process.argv[2],
  )
}

// Runs a command of the set-up quietly: a line of progress now and then, all its output only when it fails.
import { spawn } from 'node:child_process'
import { root } from './places.mjs'

const HEARTBEAT_SECONDS = 15
const KEPT_OUTPUT = 8000

/** @returns the command's stdout; throws with its output when it fails or does not exist */
export function run(command, args, { say, doing, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const began = Date.now()
    const heartbeat = doing
      ? setInterval(() => say(`${doing}: ${Math.round((Date.now() - began) / 1000)} s`), HEARTBEAT_SECONDS * 1000)
      : undefined
    let stdout = ''
    let all = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
      all = (all + chunk).slice(-KEPT_OUTPUT)
    })
    child.stderr.on('data', (chunk) => {
      all = (all + chunk).slice(-KEPT_OUTPUT)
    })
    const stop = () => child.kill()
    process.once('exit', stop)
    const finish = () => {
      clearInterval(heartbeat)
      process.off('exit', stop)
    }
    child.on('error', (error) => {
      finish()
      reject(error)
    })
    child.on('close', (code) => {
      finish()
      if (code === 0) resolve(stdout)
      else reject(new Error(`${[command, ...args].join(' ')} failed (exit ${code}):\n${all.trim()}`))
    })
  })
}

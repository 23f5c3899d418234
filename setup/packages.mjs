// npm's packages: compared entry by entry with what npm wrote down when it installed them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './places.mjs'
import { run } from './run.mjs'

export function packagesAreInstalled() {
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'))
  if (!installed) return false
  const wanted = packagesIn(join(root, 'package-lock.json'))
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    // Optional packages are those of other platforms.
    return path === '' || (installed[path] ? installed[path].version === version : optional === true)
  })
}

export const commandIsLinked = () => existsSync(join(root, 'node_modules', '.bin', 'sluice'))

export async function installPackages(say) {
  const doing = 'Installing npm packages (npm ci)'
  say(doing)
  // What npm has downloaded before is compared with its checksum, which needs no question to the registry.
  await run('npm', ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], { say, doing })
  say('npm packages are installed')
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

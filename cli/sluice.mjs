#!/usr/bin/env node
// The command as it is found on a fresh clone: plain JavaScript that needs no package. It sets up what is missing, then
// hands over to the TypeScript command line.
import { packagesAreInstalled } from '../setup/packages.mjs'
import { setUp } from '../setup/setup.mjs'

// Help and completion must answer at once, and need no Python, Java or jars.
const words = process.argv.slice(2)
const onlyTalks = words.length === 0 || words.some((word) => ['-h', '--help', 'help', '-V', '--version', 'completion'].includes(word))

try {
  if (!(onlyTalks && packagesAreInstalled())) await setUp()
} catch (error) {
  process.stderr.write(`\nset-up could not finish:\n${error.message}\n`)
  process.exit(1)
}
const { register } = await import('tsx/esm/api')
register()
const { main } = await import('./main.ts')
process.exitCode = await main(process.argv)

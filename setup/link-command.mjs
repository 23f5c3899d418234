// `npx sluice` finds commands in node_modules/.bin only, and npm does not link a project's own bin there.
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
mkdirSync(bin, { recursive: true })
rmSync(join(bin, 'sluice'), { force: true })
symlinkSync(join('..', '..', 'cli', 'sluice.mjs'), join(bin, 'sluice'))
chmodSync(join(root, 'cli', 'sluice.mjs'), 0o755)

// `npm run bench:extract`: sets up what is missing, then measures readers side by side beside one, on a PostgreSQL of this machine.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { jarsFolder, python, pythonEnvironment, root } from '../../../setup/places.mjs'
import { setUp } from '../../../setup/setup.mjs'

await setUp()
const words = [join(root, 'test', 'bench', 'extract', 'run.py'), '--jars', jarsFolder, ...process.argv.slice(2)]
process.exitCode = spawnSync(python, words, { env: pythonEnvironment(), stdio: 'inherit' }).status ?? 1

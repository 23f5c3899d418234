// `npm run bench:sizes`: sets up what is missing, then gives the job inputs of unusual sizes, each in a Spark of its own.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { python, pythonEnvironment, root } from '../../../setup/places.mjs'
import { setUp } from '../../../setup/setup.mjs'

await setUp()
const words = [join(root, 'test', 'bench', 'sizes', 'run.py'), ...process.argv.slice(2)]
process.exitCode = spawnSync(python, words, { env: pythonEnvironment(), stdio: 'inherit' }).status ?? 1

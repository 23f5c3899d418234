// `npm run bench:gold`: sets up what is missing, Iceberg's jars too, then measures batches of gold tables beside their whole computation.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setUpIceberg } from '../../../setup/jars.mjs'
import { icebergJarsFolder, python, pythonEnvironment, root } from '../../../setup/places.mjs'
import { setUp } from '../../../setup/setup.mjs'

await setUp()
await setUpIceberg((line) => process.stderr.write(`set-up: ${line}\n`))
const words = [join(root, 'test', 'bench', 'gold', 'run.py'), '--jars', icebergJarsFolder, ...process.argv.slice(2)]
process.exitCode = spawnSync(python, words, { env: pythonEnvironment(), stdio: 'inherit' }).status ?? 1

// `npm run test:soak`: random schedules of the intake model, a process on each core. They run from one bundle: as Vitest loads modules, each
// takes half as long again. SLUICE_SCHEDULES says how many (a million), SLUICE_SEED where seeds begin.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Schedules of one seed: few enough to be played again in minutes. */
const EACH = 10_000
const every = Number(process.env.SLUICE_SCHEDULES ?? 1_000_000)
const first = Number(process.env.SLUICE_SEED ?? Date.now() % 1_000_000_000)

const folder = mkdtempSync(join(tmpdir(), 'sluice-soak-'))
const bundle = join(folder, 'soak.mjs')
try {
  await build({
    entryPoints: [join(import.meta.dirname, 'soak.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    // Packages that are CommonJS ask for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  })
  const count = Math.ceil(every / EACH)
  const seeds = Array.from({ length: count }, (_, index) => first + index)
  let played = 0
  const broken = []
  await Promise.all(Array.from({ length: availableParallelism() }, playNext))
  process.stdout.write(`${played.toLocaleString('en')} schedules played, ${broken.length} of ${count} seeds failed\n`)
  process.exitCode = broken.length > 0 ? 1 : 0

  async function playNext() {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const schedules = Math.min(EACH, every - (seed - first) * EACH)
      const began = Date.now()
      const { status, output } = await play(seed, schedules)
      played += schedules
      if (status !== 0) broken.push(seed)
      process.stdout.write(
        `seed ${seed}: ${schedules} schedules in ${Math.round((Date.now() - began) / 1000)} s${status === 0 ? '' : `, failed\n${output}`}\n`,
      )
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function play(seed, schedules) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bundle, String(seed), String(schedules)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.on('close', (status) => resolve({ status, output: Buffer.concat(chunks).toString() }))
  })
}

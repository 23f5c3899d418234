// What each way of testing runs. `npm test` is the one to run before you push: about ten minutes. `npm test -- all` runs the
// nightly tests too, as `.ci/run` does before a change lands. `test:quick` needs no Spark and takes about a minute. `test:full` is for
// the night: all of it, the job's public-API way, larger seeds, longer soaks.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../setup/places.mjs'

/**
 * A test that packages the service, starts Spark or moto, or takes seconds is named `*.slow.test.ts`: `test:quick` leaves it out.
 * One that takes minutes, or says in depth what a quicker one says, is named `*.nightly.test.ts` or, in pytest, marked `nightly`.
 * @typedef {{ name: string, runner: 'vitest' | 'pytest', words: string[], env?: Record<string, string> }} Job
 */
const SLOW = '**/*.slow.test.ts'
const NIGHTLY = '.nightly.test.ts'
const WITHOUT_NIGHTLY = ['--exclude', `**/*${NIGHTLY}`]

/**
 * Jobs run two at a time, in this order: the longest first, so that the lanes end together. The last has a process for each core, since it may run alone.
 * @param {{ nightly: boolean }} which
 * @returns {Job[]}
 */
const jobs = ({ nightly }) => [
  pytest('the Glue script on Spark', ['test/glue', ...(nightly ? [] : ['-m', 'not nightly'])]),
  ...endToEnd(nightly),
  vitest('units and gates', ['test/unit', 'test/gates', 'packages', ...(nightly ? [] : WITHOUT_NIGHTLY)], {}, '100%'),
]

export const MODES = {
  quick: {
    needs: 'node',
    jobs: () => [
      vitest('quick', ['test/unit', 'test/gates', 'packages', '--exclude', SLOW, ...WITHOUT_NIGHTLY], { SLUICE_SCHEDULES: '200' }, '100%'),
    ],
  },
  daily: { needs: 'everything', jobs: () => jobs({ nightly: false }) },
  all: { needs: 'everything', jobs: () => jobs({ nightly: true }) },
  full: {
    needs: 'everything',
    jobs: () => [
      pytest('the Glue script on Spark, by its public-API way', ['test/glue'], {
        SLUICE_INTERNALS: 'off',
        SLUICE_GOLD_SEQUENCES: '1500',
        SLUICE_GOLD_LAKES: '30',
      }),
      ...jobs({ nightly: true }).map((job) => ({
        ...job,
        env: {
          SLUICE_SCHEDULES: '100000',
          SLUICE_DRAWS: '200000',
          SLUICE_PREDICATES: '100000',
          SLUICE_STREAM_EVENTS: '200000',
          SLUICE_STREAM_RUNS: '10000',
          SLUICE_PUBLISHES: '50',
          SLUICE_SPARK_PUBLISHES: '20',
          SLUICE_EXTRACT_ROWS: '2000000',
          SLUICE_READS: '1000',
          SLUICE_GOLD_WAVES: '12',
          ...job.env,
        },
      })),
    ],
  },
}

/**
 * Each file starts a pipeline and a Spark of its own, so each is a job. What needs no fresh one shares that of one-pipeline.nightly.test.ts.
 * A file beside a nightly one of its name is the beginning of that.
 * @param {boolean} nightly
 */
function endToEnd(nightly) {
  return ['e2e', 'browser'].flatMap((folder) =>
    readdirSync(join(root, 'test', folder))
      .filter((file) => file.endsWith('.test.ts'))
      .filter((file, _at, all) => (file.endsWith(NIGHTLY) ? nightly : !nightly || !all.includes(file.replace('.test.ts', NIGHTLY))))
      .sort((a, b) => LONGEST.indexOf(b) - LONGEST.indexOf(a))
      // Batches of tests are small, those of `sluice up` too, which cannot know.
      .map((file) => vitest(`${folder}/${file}`, [`test/${folder}/${file}`], SMALL)),
  )
}
const SMALL = { SLUICE_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m' }
/** End-to-end files that take longest, the longest last. */
const LONGEST = ['demo', 'up-again', 'messy-inputs', 'up', 'one-pipeline'].map((file) => `${file}${NIGHTLY}`)

function vitest(name, words, env = {}, workers = '1') {
  return { name, runner: 'vitest', words: [...words, `--maxWorkers=${workers}`], env }
}

function pytest(name, words, env = {}) {
  return { name, runner: 'pytest', words, env }
}

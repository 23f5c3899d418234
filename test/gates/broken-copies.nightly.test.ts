import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Resources } from '../../infra/packaging/template/template.ts'
import { packageOnce } from '../../laptop/pipeline/deploy/package-once.ts'
import { root } from '../../setup/places.mjs'
import { JUDGED_PACKAGE, propertiesOf } from './template.ts'

// Whether the gates would notice: each is run over a copy of the package with one thing broken, as a slip of the hand would.
// What only a run under its roles can show is in test/e2e/lacking-permission.nightly.test.ts.
const TEMPLATE = 'cloudformation-template-update-stack.json'
type Break = (resources: Resources) => void

const folders: string[] = []
let original: string
beforeAll(async () => {
  original = await packageOnce()
}, 120_000)
afterAll(() => folders.forEach((folder) => void rmSync(folder, { recursive: true, force: true })))

function copyOf(breakIt: Break): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-broken-'))
  folders.push(folder)
  symlinkSync(join(original, 'artifacts'), join(folder, 'artifacts'))
  const template = JSON.parse(readFileSync(join(original, TEMPLATE), 'utf8'))
  breakIt(template.Resources)
  writeFileSync(join(folder, TEMPLATE), JSON.stringify(template))
  return folder
}

async function judged(gate: string, breakIt: Break) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const env = { [JUDGED_PACKAGE]: copyOf(breakIt), NO_COLOR: '1' }
  return execa(process.execPath, [vitest, 'run', `test/gates/${gate}.test.ts`], { cwd: root, env, reject: false, all: true })
}

/** Takes one action out of a role's statement. */
const without = (role: string, action: string) => (resources: Resources) => {
  for (const statement of propertiesOf(resources[role]).Policies[0].PolicyDocument.Statement) {
    statement.Action = [statement.Action].flat().filter((each: string) => each !== action)
  }
}

const BROKEN: [what: string, gate: string, breakIt: Break, said: RegExp][] = [
  [
    'a renamed variable',
    'functions',
    (resources) => {
      const { Variables } = propertiesOf(resources.SweepLambdaFunction).Environment
      Variables.LEDGER_TABLE = Variables.LEDGER_TABLE_NAME
      delete Variables.LEDGER_TABLE_NAME
    },
    /function sweep > is given the variables that it reads/,
  ],
  ['a permission that the machine lacks', 'machines', without('IngestRole', 'glue:StartJobRun'), /glue:StartJobRun/],
  [
    'a permission that no code uses',
    'grants',
    (resources) => {
      propertiesOf(resources.RecordLandingsRole).Policies[0].PolicyDocument.Statement.push({ Action: 'dynamodb:Scan', Resource: 'x' })
    },
    /RecordLandingsLambdaFunction: dynamodb:Scan/,
  ],
  [
    'a permission on a resource that nothing makes',
    'policies',
    (resources) => {
      propertiesOf(resources.StopStrayRunsRole).Policies[0].PolicyDocument.Statement.at(-1).Resource =
        'arn:aws:glue:us-east-1:123456789012:job/sluice-dev-curated'
    },
    /name resources that the template makes/,
  ],
  [
    'a misspelt event pattern',
    'events',
    (resources) => {
      propertiesOf(resources.LandingsRule).EventPattern['detail-type'] = ['Object Create', 'Object Deleted']
    },
    /deliver object-created where it belongs/,
  ],
  [
    'a pattern for a crawler of another name',
    'events',
    (resources) => {
      propertiesOf(resources.CrawlerRule).EventPattern.detail.crawlerName = [{ wildcard: 'sluice-dev-raw-*' }]
    },
    /deliver raw-crawl-succeeded where it belongs/,
  ],
  [
    'a dropped redrive policy',
    'queues',
    (resources) => {
      delete propertiesOf(resources.LandingsQueue).RedrivePolicy
    },
    /give a message five tries and then keep it/,
  ],
  [
    'a queue that shuts its rule out',
    'queues',
    (resources) => {
      propertiesOf(resources.CrawlerEventQueuePolicy).PolicyDocument.Statement.shift()
    },
    /may send to the queue that they target/,
  ],
  [
    'an alarm on a metric of another name',
    'alarms',
    (resources) => {
      propertiesOf(resources.OverdueBatchAlarm).MetricName = 'OpenBatchSeconds'
    },
    /Sluice\/dev OpenBatchSeconds/,
  ],
  [
    'data that goes with the stack',
    'storage',
    (resources) => {
      for (const id of ['RawBucket', 'LakeBucket']) Object.assign(resources[id] ?? {}, { DeletionPolicy: 'Delete' })
    },
    /what holds data > outlives the stack/,
  ],
  [
    'a machine with a placeholder that nothing fills',
    'lint.nightly',
    (resources) => {
      delete propertiesOf(resources.IngestStateMachine).DefinitionSubstitutions.CrawlWaitSeconds
    },
    /placeholders that are exactly the substitutions/,
  ],
  [
    'a message that comes back while it is still worked on',
    'queues',
    (resources) => {
      propertiesOf(resources.LandingsQueue).VisibilityTimeout = 30
    },
    /hide a message for six times the time/,
  ],
]

it.each(BROKEN)(
  '%s is caught by the gate in %s.test.ts',
  async (_, gate, breakIt, said) => {
    const { exitCode, all } = await judged(gate, breakIt)
    expect(exitCode).toBe(1)
    expect(all).toMatch(said)
  },
  120_000,
)

it('a copy in which nothing is broken passes', async () => {
  const { exitCode, all } = await judged('queues', () => {})
  expect(exitCode, all).toBe(0)
}, 120_000)

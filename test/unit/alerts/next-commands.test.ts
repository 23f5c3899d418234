import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../../cli/program.ts'
import { compose } from '../../../functions/domain/alert/compose.ts'
import { type FactsOf, KINDS, type Trouble } from '../../../functions/domain/alert/kinds.ts'
import type { BackfillPlan } from '../../../functions/domain/backfill/backfill.ts'
import type { BackfillReport } from '../../../functions/domain/backfill/report.ts'
import { type CommandTarget, NEXT_COMMANDS, sluiceCommand, stageOfArn } from '../../../functions/domain/command/next-command.ts'
import { root } from '../../../setup/places.mjs'
import { ordersBatch, ordersManifest } from '../batch/fixtures.ts'

const PROD: CommandTarget = { stage: 'my-prod', profile: 'data team', region: 'eu-central-1' }
const LOCAL: CommandTarget = { stage: 'dev', local: true }

/** Lets a shell take the line apart, and gives the words to the real command line, whose actions do nothing here. */
async function accept(line: string): Promise<string> {
  expect(line).toMatch(/^npx --no-install sluice /)
  const { stdout } = await execa('bash', ['-c', line.replace('npx --no-install sluice', "printf '%s\\n'")])
  const words = stdout.split('\n')
  const program = await buildProgram(() => {}, words[0])
  let accepted = ''
  const silence = (command: Command, path: string) => {
    command.allowExcessArguments(false).configureOutput({ writeErr: () => {} })
    if (command.commands.length === 0) command.action(() => void (accepted = path))
    for (const child of command.commands) silence(child, `${path} ${child.name()}`.trim())
  }
  silence(program, '')
  await program.parseAsync(words, { from: 'user' })
  return accepted
}

const SAMPLES: { [Name in keyof typeof NEXT_COMMANDS]: string[][] } = {
  status: [NEXT_COMMANDS.status(), NEXT_COMMANDS.status('orders')],
  runs: [NEXT_COMMANDS.runs('orders')],
  showQuarantine: [NEXT_COMMANDS.showQuarantine('orders')],
  landingLog: [NEXT_COMMANDS.landingLog()],
  dismiss: [NEXT_COMMANDS.dismiss('orders-20250101T000000Z-0a1b2c3d', 'a test file')],
  discardBatch: [NEXT_COMMANDS.discardBatch('orders', 'orders-20250101T000000Z-0a1b2c3d', 'a test file')],
  resume: [NEXT_COMMANDS.resume('orders')],
  redrive: [NEXT_COMMANDS.redrive('orders-20250101T000000Z-0a1b2c3d')],
  listDeadLetters: [NEXT_COMMANDS.listDeadLetters()],
  redriveDeadLetters: [NEXT_COMMANDS.redriveDeadLetters()],
  backfill: [NEXT_COMMANDS.backfill('orders', ['--all'])],
  extract: [NEXT_COMMANDS.extract('orders')],
  migrate: [NEXT_COMMANDS.migrate('orders', 'iceberg')],
  report: [NEXT_COMMANDS.report(), NEXT_COMMANDS.report('out/my run')],
  serveReport: [NEXT_COMMANDS.serveReport()],
  subscribe: [NEXT_COMMANDS.subscribe('you@example.com')],
  subscribeDigest: [NEXT_COMMANDS.subscribeDigest('you@example.com')],
  up: [],
  validate: [],
}
const LOCAL_ONLY = [NEXT_COMMANDS.up(), NEXT_COMMANDS.validate(), NEXT_COMMANDS.validate("it's mine/datasets")]

describe('printed commands', () => {
  it.each(Object.values(SAMPLES).flat())('are accepted as they are pasted, for a stage and for this machine: %s %s', async (...words) => {
    const given = words.filter((word): word is string => typeof word === 'string')
    for (const target of [PROD, LOCAL]) expect(given.join(' ')).toContain(await accept(sluiceCommand(given, target)))
  })

  it.each(LOCAL_ONLY)('take no stage where they work on files: %s', async (...words) => {
    expect(words[0]).toBe(await accept(sluiceCommand(words.filter(Boolean))))
  })

  it('name the deployment that they are for', () => {
    expect(sluiceCommand(['status'], PROD)).toBe(
      "npx --no-install sluice status --stage my-prod --profile 'data team' --region eu-central-1",
    )
    expect(sluiceCommand(['status'], LOCAL)).toBe('npx --no-install sluice status --local')
    expect(stageOfArn('arn:aws:states:eu-central-1:1:execution:sluice-my-prod-ingest:orders-b1')).toBe('my-prod')
    expect(stageOfArn('arn:aws:sns:eu-central-1:1:sluice-my-prod-alerts')).toBe('my-prod')
  })

  it('are in every help text, two each, and the command accepts them', async () => {
    const leaves = (command: Command): Command[] => (command.commands.length === 0 ? [command] : command.commands.flatMap(leaves))
    for (const command of leaves(await buildProgram(() => {}))) {
      let help = ''
      command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp()
      const examples = [...help.matchAll(/^ {2}.*\bnpx (sluice [^>)\n]+)/gm)].map((found) => found[1]?.trim())
      expect(examples.length, command.name()).toBe(2)
      for (const example of examples) expect(await accept(`npx --no-install ${example}`)).toContain(command.name())
    }
  })

  it('are made in one place: no message spells one', () => {
    const spelled =
      /(npx (--no-install )?sluice|[`'": ]sluice) (status|runs|redrive|extract|quarantine|dead-letters|backfill|compact|report|subscribe|validate)\b/
    const wrong = ['functions', 'cli'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)))
        .flatMap((file) =>
          readFileSync(join(root, file), 'utf8')
            .split('\n')
            .filter((line) => !/^\s*(\*|\/\/|\/\*)|addHelpText/.test(line) && spelled.test(line))
            .map((line) => `${file}: ${line.trim()}`),
        ),
    )
    expect(wrong).toEqual([])
  })
})

const batch = { dataset: 'orders', batch: ordersBatch(), manifest: ordersManifest(), target: PROD }
const plan = { backfillId: 'orders-bf', toleratedFailurePercentage: 0, partitions: 2 } as BackfillPlan
const report = {
  chunks: { total: 2, succeeded: 1, failed: 1, notRun: 0 },
  failed: [],
  reportKey: '',
  backfillId: '',
  rows: ordersManifest().rows,
} as BackfillReport
const partitions = [{ month: '2025-01', city: "l'Aquila" }, 'month=2025-02']
const input = {
  dataset: 'orders',
  partitions,
  only: 'failed',
  chunkSize: 3,
  reason: 'after the outage',
  maxConcurrency: 1,
  toleratedFailurePercentage: 0,
  dryRun: false,
} as const
const FACTS: { [T in Trouble]: FactsOf<T>[] } = {
  'quarantine-rate': [batch],
  'quarantine-rate-halt': [batch],
  'quality-gate': [batch],
  'batch-failed': [batch, { ...batch, failure: { Error: 'InvalidInputError', Cause: 'x' } }],
  'curated-crawl-failed': [batch],
  'missing-references': [batch],
  'partitions-left-out': [{ ...batch, leftOut: { count: 2, names: ['s3://raw/raw/orders/day=1/', 's3://raw/raw/orders/day=2/'] } }],
  'partitions-not-catalogued': [batch],
  'batch-still-failed': [{ ...batch, unfinished: [{ batchId: 'orders-b0', files: ['raw/orders/a.csv'] }] }],
  'rows-wait': [
    {
      ...{ dataset: 'orders', target: PROD, owner: 'o@example.com', rows: 3, since: '2025-01-30T06:00:00Z' },
      ...{ within: '1 day', parents: ['customers'] },
    },
  ],
  late: [
    {
      ...{ dataset: 'orders', target: PROD, owner: 'o@example.com', expect: { every: '1 day', by: '06:00' } },
      ...{ lastPublishedAt: '2025-01-01T05:40:00.000Z', dueAt: '2025-01-02T06:00:00.000Z' },
    },
  ],
  'extract-failed': [
    {
      ...{ dataset: 'orders', target: PROD, owner: 'o@example.com', connection: 'orders_db', extractId: '20250101T000000Z-0a1b2c3d' },
      ...{ executionArn: 'arn:e', failure: { Error: 'States.TaskFailed', Cause: '{"ErrorMessage":"ExtractError: no table"}' } },
    },
    {
      ...{ dataset: 'orders', target: PROD, owner: 'o@example.com', connection: 'orders_db', extractId: '20250101T000000Z-0a1b2c3d' },
      ...{ executionArn: 'arn:e', failure: { Error: 'ABORTED' } },
    },
  ],
  'stream-not-read': ([{ is: 'unreadable', words: 'x' }, { is: 'disabled', mappingId: 'm-1' }, { is: 'missing' }] as const).map(
    (trouble) => ({
      ...{ dataset: 'orders', target: PROD, owner: 'o@example.com', stream: { kind: 'kafka', name: 'orders' }, trouble },
    }),
  ),
  'many-rows-lost': [{ ...batch, manifest: ordersManifest(undefined, { repeatedKeys: [{ key: { order_id: '7' }, rows: 3 }] }) }],
  'publication-cut-off': [{ dataset: 'orders', target: PROD, doubled: [{ batchId: 'orders-b0', folder: 'curated/orders/' }] }],
  'rolled-back': [{ dataset: 'orders', target: PROD, to: 'orders-1', undone: ['orders-2'], by: 'ann', reason: 'wrong prices' }],
  'files-misplaced': [{ dataset: 'orders', target: PROD, reason: 'unexpected-folders', files: 7, keys: ['raw/orders/a.zip'] }],
  'raw-crawl-failed': [{ dataset: 'orders', target: LOCAL, attempts: 3, error: 'x' }],
  'backfill-finished': [
    { dataset: 'orders', target: PROD, executionArn: 'arn', plan, report, input: { ...input, partitions: [...partitions] } },
  ],
  recovered: [{ dataset: 'orders', target: LOCAL, over: ['raw-crawl-failed'] }],
}

describe.each(Object.entries(FACTS))('an alert %s', (trouble, facts) => {
  it('says in its row everything that a reader needs, and each of its commands works', async () => {
    for (const each of facts) {
      const alert = compose(trouble as Trouble, each as never)
      expect(alert).toMatchObject({
        kind: KINDS[trouble as Trouble].kind ?? trouble,
        dataset: 'orders',
        message: expect.stringMatching(/^orders: \S/),
      })
      expect(alert.next.length).toBeGreaterThan(0)
      for (const line of alert.next) await accept(line)
    }
  })
})

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import { parse } from 'yaml'
import { root, stateFolder } from '../../setup/places.mjs'
import type { Grant } from './guard.ts'

// `npm run iam:report`: what roles are allowed, and what of it the end-to-end run has needed.

/** Where test/e2e/one-pipeline.nightly.test.ts leaves what it has seen. */
const RECORD = join(stateFolder, 'permissions.json')

/** What may stay although no call needs it on the laptop: patterns of whole names. */
interface Excuse {
  roles: string
  actions: string
  why: string
}

function excuses(): Excuse[] {
  const file = readFileSync(join(root, 'infra', 'exceptions.yml'), 'utf8')
  return (parse(file) as { unusedPermissions: Excuse[] }).unusedPermissions
}

/** The role's id in the template. */
const idOf = ({ role }: Grant) => role.replace(/^sluice-laptop-/, '')
const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`)
const covers = ({ roles, actions }: Excuse, grant: Grant) => whole(roles).test(idOf(grant)) && whole(actions).test(grant.action)

/** Grants that nothing needed and nothing excuses; excuses that nothing needs any more. */
export function unusedPermissions(grants: Grant[]): { unjustified: string[]; pointless: string[] } {
  const all = excuses()
  const unused = grants.filter(({ used }) => !used)
  return {
    unjustified: unused
      .filter((grant) => !all.some((excuse) => covers(excuse, grant)))
      .map((grant) => `${idOf(grant)} ${grant.sid}: ${grant.action}`),
    pointless: all.filter((excuse) => !unused.some((grant) => covers(excuse, grant))).map(({ why }) => why),
  }
}

export function writePermissionReport(grants: Grant[]): void {
  mkdirSync(dirname(RECORD), { recursive: true })
  writeFileSync(RECORD, JSON.stringify(grants))
}

function print(grants: Grant[]): void {
  const all = excuses()
  const table = new Table({ head: ['role', 'statement', 'allowed, not used', 'why it stays'], style: { head: [], border: [] } })
  for (const grant of grants.filter(({ used }) => !used)) {
    table.push([idOf(grant), grant.sid, grant.action, all.find((excuse) => covers(excuse, grant))?.why ?? 'NO REASON GIVEN'])
  }
  const used = grants.filter((grant) => grant.used).length
  const { unjustified } = unusedPermissions(grants)
  process.stdout.write(`${table.toString()}\n${grants.length} allowed actions in ${new Set(grants.map(idOf)).size} roles: `)
  process.stdout.write(`${used} used, ${grants.length - used} unused, ${unjustified.length} of them without a reason\n`)
  process.exitCode = unjustified.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync(RECORD)) print(JSON.parse(readFileSync(RECORD, 'utf8')))
  else {
    process.stderr.write('Nothing recorded: run npx vitest run test/e2e/one-pipeline.nightly.test.ts\n')
    process.exitCode = 2
  }
}

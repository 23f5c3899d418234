import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import type { Account, Check, Deployed, Finding } from '../finding.ts'

export const subscriptions: Check = {
  name: 'Alert subscriptions',
  run: (account) => subscribersOf('AlertTopic', { what: 'alerts', command: NEXT_COMMANDS.subscribe }, account),
}

export const digestSubscriptions: Check = {
  name: 'Digest subscriptions',
  async run(account) {
    const { resources } = await account.deployed()
    if (!sendsDigest(resources)) return [{ level: 'ok', message: 'this deployment sends no digest' }]
    return subscribersOf('DigestTopic', { what: 'digests', command: NEXT_COMMANDS.subscribeDigest }, account)
  },
}

/** The rule is there also where it is switched off. */
const sendsDigest = (resources: Deployed['resources']) =>
  Object.entries(resources).some(
    ([id, { Type, Properties }]) =>
      Type === 'AWS::Events::Rule' && id.startsWith('Digest') && (Properties as { State?: string } | undefined)?.State === 'ENABLED',
  )

async function subscribersOf(
  topic: string,
  { what, command }: { what: string; command: (endpoint: string) => string[] },
  account: Account,
): Promise<Omit<Finding, 'check'>[]> {
  const deployed = await account.deployed()
  const found = await account.subscriptions(deployed.resolve({ Ref: topic }))
  if (found.length === 0) {
    const fix = sluiceCommand(command('you@example.com'), account)
    return [{ level: 'warning', message: `no one gets ${what}: the topic has no subscription`, fix }]
  }
  const waiting = found.filter(({ confirmed }) => !confirmed)
  if (waiting.length === 0) return [{ level: 'ok', message: `${found.length} confirmed` }]
  return waiting.map(({ endpoint }) => ({
    level: 'warning' as const,
    message: `${endpoint} has not confirmed its subscription and gets no ${what}`,
    fix: `open the link in the mail from AWS; if it is lost: ${sluiceCommand(command(endpoint), account)}`,
  }))
}

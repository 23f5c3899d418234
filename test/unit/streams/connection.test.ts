import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkConnections, gatherConnection } from '../../../cli/run/local-connections.ts'
import { parseConnection } from '../../../functions/domain/contract/connections/file.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'

const CLUSTER = 'cluster: arn:aws:kafka:us-east-1:123456789012:cluster/events/751d2973-a626-431c-9d4e-d7975eb44dd7-2\n'
const SERVERS = 'bootstrap_servers: [b1.example.com:9096]\n'
const SECRET = 'secret: arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_events-AbCdEf\n'
const NETWORK = 'network: { subnet_ids: [subnet-0a], security_group_id: sg-0a }\n'

const problemsOf = (text: string) =>
  parseConnection(text, 'connections/events.yml').problems.map(({ line, field, message }) => `${line} ${field}: ${message}`)

describe('a connection to brokers of Kafka', () => {
  it.each([CLUSTER, CLUSTER + SECRET, SERVERS + SECRET, SERVERS + NETWORK, `${SERVERS}${SECRET}auth: scram_256\n${NETWORK}`])(
    'may be %s',
    (text) => {
      expect(problemsOf(text)).toEqual([])
      expect(parseConnection(text, 'connections/events.yml').connection).toMatchObject({ kind: 'kafka', name: 'events' })
    },
  )

  it.each([
    ['cluster: events\n', '1 cluster: must be the ARN of a cluster of MSK'],
    [CLUSTER + SERVERS, '2 bootstrap_servers: are those of the cluster; remove one of the two'],
    [CLUSTER + NETWORK, '2 network: is that of the cluster, which Lambda knows; remove it'],
    [`${CLUSTER}${SECRET}auth: plain\n`, '3 auth: must be scram_512 with a cluster of MSK, or be left out'],
    [`${CLUSTER}auth: scram_512\n`, '2 auth: is how the secret signs in, and there is none'],
    [SERVERS, '1 secret: is missing; brokers that are reached without one must be in a VPC, so give a secret or a network'],
    [`${SERVERS}secret: events\n`, '2 secret: must be the ARN of a secret of Secrets Manager'],
    [`bootstrap_servers: [b1.example.com]\n${SECRET}`, '1 bootstrap_servers[0]: must be <host>:<port>'],
    [
      `${CLUSTER}password: p\n`,
      '2 password: is not a field of a connection; there can be cluster, bootstrap_servers, secret, auth, kms_key, ca_secret, network',
    ],
  ])('%s is refused with a sentence', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem])
  })
})

it('a connection of the other kind is named where the contract asks for it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-connections-'))
  await Promise.all(['datasets', 'connections'].map((name) => mkdir(join(folder, name))))
  const contract = (source: string) => `dataset: D\nowner: a@example.com\nsource: ${source}\ncolumns: { id: string }\nprimary_key: [id]\n`
  const write = (name: string, text: string) => writeFile(join(folder, name), text.replace('dataset: D', `dataset: ${name.slice(9, -4)}`))
  await write('datasets/clicks.yml', contract('{ kafka: { connection: shop, topic: clicks } }'))
  await write('datasets/orders.yml', `${contract('{ jdbc: { connection: events, table: orders } }')}latest_by: [id]\n`)
  await write('connections/shop.yml', 'url: jdbc:postgresql://db.example.com/shop\nsecret: s\n')
  await write('connections/events.yml', CLUSTER)
  const { problems } = await readContractsFolder(join(folder, 'datasets'))
  await rm(folder, { recursive: true })
  expect(problems.map(({ line, field, message }) => `${line} ${field}: ${message}`)).toEqual([
    '3 source.kafka.connection: names connection "shop", which has the url of a database; source.kafka needs one that has the brokers of Kafka: cluster, or bootstrap_servers',
    '3 source.jdbc.connection: names connection "events", which has the brokers of Kafka: cluster, or bootstrap_servers; source.jdbc needs one that has the url of a database',
  ])
})

describe('--connection of a topic', () => {
  const parsed = parseContract(
    'dataset: clicks\nowner: a@example.com\nsource: { kafka: { connection: events, topic: clicks } }\ncolumns: { id: string }\nprimary_key: [id]\n',
    'clicks.yml',
  )
  const contracts = parsed.ok ? [parsed.contract] : []

  it('takes the addresses of brokers', () => {
    expect(gatherConnection('events=127.0.0.1:9092')).toEqual([{ kind: 'kafka', name: 'events', servers: '127.0.0.1:9092' }])
    expect(gatherConnection('events=b1.local:9092,b2.local:9093')).toMatchObject([{ servers: 'b1.local:9092,b2.local:9093' }])
  })

  it.each(['events=127.0.0.1', 'events=user:secret@127.0.0.1:9092', 'events=', '127.0.0.1:9092'])(
    'refuses %s, and shows no password',
    (text) => {
      expect(() => gatherConnection(text)).toThrow(/^--connection: give <name>=.*<name>=<host>:<port> for a broker of Kafka/)
      expect(() => gatherConnection(text)).not.toThrow(/secret/)
    },
  )

  it('must be there, and be that of a broker', () => {
    const sentence = 'dataset clicks reads connection events: give --connection events=<host>:<port>'
    expect(() => checkConnections(contracts, [])).toThrow(sentence)
    expect(() => checkConnections(contracts, gatherConnection('events=postgresql://a:b@h/d'))).toThrow(sentence)
    expect(() => checkConnections(contracts, gatherConnection('events=127.0.0.1:9092'))).not.toThrow()
  })
})

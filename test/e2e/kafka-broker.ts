import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin, Producer } from '@platformatic/kafka'
import { execa } from 'execa'
import { KAFKA_JARS, setUpJars } from '../../setup/jars.mjs'
import { javaHome, kafkaJarsFolder } from '../../setup/places.mjs'

export interface TestRecord {
  value: string | Buffer | null
  key?: string | Buffer
  partition?: number
  timestamp?: number
  /** A name may come more than once. */
  headers?: [name: string, value: string | Buffer][]
}

/** A broker of Apache Kafka of the test's own: one process in KRaft mode, on free ports. Its jars are fetched when they are not there. */
export async function startKafka() {
  await setUpJars(() => {}, KAFKA_JARS)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-kafka-'))
  const [port, controller] = [await freePort(), await freePort()]
  const settings = join(folder, 'server.properties')
  writeFileSync(
    settings,
    [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controller}`,
      'controller.listener.names=CONTROLLER',
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      `log.dirs=${join(folder, 'log')}`,
      'offsets.topic.replication.factor=1',
      'offsets.topic.num.partitions=1',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'group.initial.rebalance.delay.ms=0',
      'auto.create.topics.enable=false',
      // Records have times of tests: a broker deletes those of more than a week ago, some minutes after its start.
      'log.retention.ms=-1',
    ].join('\n'),
  )
  const java = [...['-Xmx256m', '-Xshare:auto', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'], ...['-cp', join(kafkaJarsFolder, '*')]]
  const run = (...args: string[]) => execa(join(javaHome(), 'bin', 'java'), [...java, ...args], { all: true, reject: false, cwd: folder })
  const formatted = await run('kafka.tools.StorageTool', 'format', '-t', 'q1Sh-9_ISia_zwGINzRvyQ', '-c', settings)
  if (formatted.exitCode !== 0) throw new Error(`the broker's folder could not be made: ${formatted.all}`)
  const server = run('kafka.Kafka', settings)
  let ended = ''
  void server.then(({ all }) => {
    ended = `the broker has ended: ${all}`
  })

  const address = `127.0.0.1:${port}`
  const client = { clientId: 'test', bootstrapBrokers: [address], connectTimeout: 2000, timeout: 10_000, retries: 3, metadataMaxAge: 100 }
  const admin = new Admin(client)
  // Idempotent: a request that is repeated, since its answer was late, writes no record twice.
  const producer = new Producer({ ...client, idempotent: true })
  const deadline = Date.now() + 60_000
  for (;;) {
    if (ended !== '') throw new Error(ended)
    if (Date.now() > deadline) throw new Error('the broker did not answer within a minute')
    const answers = await admin.listTopics().then(
      () => true,
      () => false,
    )
    if (answers) break
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return {
    address,
    createTopic: (topic: string, partitions = 1) => admin.createTopics({ topics: [topic], partitions, replicas: 1 }),
    addPartitions: (name: string, count: number) => admin.createPartitions({ topics: [{ name, count }] }),
    deleteTopic: (topic: string) => admin.deleteTopics({ topics: [topic] }),
    async produce(topic: string, records: TestRecord[]) {
      await producer.send({
        acks: -1,
        messages: records.map(({ value, key, partition, timestamp, headers }) => ({
          topic,
          ...(value !== null && { value: Buffer.from(value) }),
          ...(key !== undefined && { key: Buffer.from(key) }),
          ...(partition !== undefined && { partition }),
          ...(timestamp !== undefined && { timestamp: BigInt(timestamp) }),
          ...(headers && { headers: new Map(headers.map(([name, bytes]) => [Buffer.from(name), Buffer.from(bytes)])) }),
        })),
      })
    },
    async stop() {
      await Promise.allSettled([admin.close(), producer.close(true)])
      server.kill('SIGKILL')
      await server
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

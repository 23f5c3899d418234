import type { Simulation } from '../../unit/intake/model/simulation.ts'

const DUPLICATES = 0.02
const PARTITIONS = 10

/** The messages of one burst as EventBridge sends them: every file once, some twice, in no order. */
export function burstOf(datasets: string[], burst: number, files: number, simulation: Simulation): string[] {
  const messages: string[] = []
  for (let index = 0; index < files; index += 1) {
    const dataset = datasets[index % datasets.length]
    const number = burst * files + index
    const key = `raw/${dataset}/ingest_date=2025-01-${String((number % PARTITIONS) + 10)}/export part ${number}.csv.gz`
    const body = JSON.stringify({
      version: '0',
      id: `17793124-05d4-b198-2fde-${String(number).padStart(12, '0')}`,
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '123456789012',
      time: new Date(Math.floor(simulation.now / 1000) * 1000).toISOString(),
      region: 'us-east-1',
      resources: ['arn:aws:s3:::raw-bucket'],
      detail: {
        version: '0',
        bucket: { name: 'raw-bucket' },
        object: {
          key,
          size: 5_242_880 + number,
          etag: 'b1946ac92492d2347c6235b4d2611184',
          sequencer: `00617F08299329D1${(number % 256).toString(16)}`,
        },
        'request-id': 'N4N7GDK58NMKJ12R',
        requester: '123456789012',
        'source-ip-address': '192.0.2.1',
        reason: 'PutObject',
      },
    })
    messages.push(body)
    if (simulation.chance(DUPLICATES)) messages.push(body)
  }
  return shuffled(messages, simulation)
}

function shuffled(messages: string[], simulation: Simulation): string[] {
  for (let index = messages.length - 1; index > 0; index -= 1) {
    const other = simulation.between(0, index)
    const message = messages[index] as string
    messages[index] = messages[other] as string
    messages[other] = message
  }
  return messages
}

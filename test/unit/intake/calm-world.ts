import type { Intake } from '../../../functions/use-cases/intake/intake.ts'
import { Simulation } from './model/simulation.ts'
import { FAIR_WEATHER, World } from './model/world.ts'

/** Intake over the simulated services, without faults and without functions of its own accord: a test takes each step itself. */
export function calmWorld({ settleSeconds = 0, seed = 1 } = {}) {
  const simulation = new Simulation(seed)
  const world = new World(simulation, FAIR_WEATHER, settleSeconds)
  const timers: { dataset: string; requestId: string; delaySeconds: number }[] = []
  const counts: Record<string, number> = {}
  const alerts: string[] = []
  const forgotten: string[] = []
  const logged: Record<string, unknown>[] = []
  const intake: Intake = {
    ...world.intake,
    registry: { ...world.intake.registry, forget: async (table, expression) => forgotten.push(`${table} ${expression}`) },
    timer: { schedule: async (message, delaySeconds) => void timers.push({ ...message, delaySeconds }) },
    counters: {
      count: (name, value, dimensions) => {
        const id = `${name} ${Object.values(dimensions).join(' ')}`
        counts[id] = (counts[id] ?? 0) + value
      },
    },
    log: { warn: (_message, fields) => void logged.push(fields) },
    alerts: {
      tellUntold: async () => {},
      batchFailed: async ({ batchId, failure }) => void alerts.push(`batch-failed ${batchId} ${failure.Error}`),
      crawlFailed: async ({ dataset, attempts }) => void alerts.push(`crawl-failed ${dataset} ${attempts}`),
      crawlRecovered: async (dataset) => void alerts.push(`recovered ${dataset}`),
      publicationCutOff: async ({ doubled }) => void alerts.push(`publication-cut-off ${doubled.map(({ folder }) => folder).join()}`),
      late: async ({ dataset, dueAt }) => void alerts.push(`late ${dataset} ${dueAt}`),
      rowsWait: async ({ dataset, rows, since }) => void alerts.push(`rows-wait ${dataset} ${rows} ${since}`),
      rowsWaitNoMore: async () => {},
      publicationMended: async () => {},
      extractFailed: async ({ extractId }) => void alerts.push(`extract-failed ${extractId}`),
      streamNotRead: async ({ dataset, trouble }) => void alerts.push(`stream-not-read ${dataset} ${trouble.is}`),
      streamRead: async () => {},
      filesMisplaced: async ({ dataset, reason, files, keys }) =>
        void alerts.push(`files-misplaced ${dataset} ${reason} ${files} ${keys[0]}`),
    },
  }
  return { world, simulation, intake, timers, counts, alerts, logged, forgotten }
}

export function objectCreated(key: string, { size = 5, sequencer = '0A', etag = 'e' } = {}): string {
  return objectEvent('Object Created', { key, size, etag, sequencer })
}

export const objectDeleted = (key: string, { sequencer = '0B' } = {}) => objectEvent('Object Deleted', { key, sequencer })

function objectEvent(type: string, object: object): string {
  return JSON.stringify({ 'detail-type': type, time: '2025-01-31T12:00:00Z', detail: { bucket: { name: 'raw-bucket' }, object } })
}

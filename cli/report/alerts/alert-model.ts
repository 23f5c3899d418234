import { z } from 'zod'
import { rowCountsSchema } from '../../../functions/domain/batch/manifest/manifest.ts'

/** The fields of a published alert that the page shows (functions/domain/alert/alert.ts, as JSON). What CloudWatch publishes has fewer. */
const publishedSchema = z.object({
  kind: z.string(),
  dataset: z.string(),
  message: z.string(),
  severity: z.enum(['info', 'warning', 'critical']).catch('warning'),
  batchId: z.string().nullable().default(null).catch(null),
  hint: z.string().nullable().default(null).catch(null),
  next: z.array(z.string()).catch([]),
  rows: rowCountsSchema.extend({ unpublished: z.number().optional() }).nullable().default(null).catch(null),
  drift: z.string().nullable().default(null).catch(null),
  failure: z.object({ error: z.string(), message: z.string() }).nullable().default(null).catch(null),
  reasons: z.array(z.object({ reason: z.string(), rows: z.number() })).catch([]),
  failedRules: z.array(z.object({ rule: z.string(), message: z.string() })).catch([]),
  examples: z
    .array(z.object({ key: z.record(z.string(), z.string().nullable()), reasons: z.array(z.string()), file: z.string() }))
    .catch([]),
  failedChunks: z.array(z.string()).catch([]),
  unfinished: z.array(z.object({ batchId: z.string(), files: z.array(z.string()) })).catch([]),
  /** Which trouble it begins or ends. */
  pagerDuty: z.array(z.object({ event_action: z.string(), dedup_key: z.string() })).catch([]),
})

export interface AlertModel extends Omit<z.infer<typeof publishedSchema>, 'pagerDuty'> {
  /** Part of the address of its page: it stays the same. */
  id: string
  /** When it came, ISO. */
  at: string
  /** When its trouble ended, as a later alert says. */
  overAt: string | null
}

/** An alert as it was published, with the time at which it came. */
export interface ReceivedAlert {
  at: string
  alert: Record<string, unknown>
}

/** Newest first. An alert whose end a later one reports has the time of that. */
export function alertModels(received: ReceivedAlert[]): AlertModel[] {
  const models: AlertModel[] = []
  const open = new Map<string, AlertModel>()
  const timesSeen = new Map<string, number>()
  for (const { at, alert } of received) {
    const parsed = publishedSchema.safeParse(alert)
    if (!parsed.success) continue
    const { pagerDuty, ...shown } = parsed.data
    const seen = timesSeen.get(at) ?? 0
    timesSeen.set(at, seen + 1)
    const stamp = at.replaceAll(/[^0-9]/g, '')
    const model: AlertModel = { id: seen === 0 ? stamp : `${stamp}-${seen}`, at, overAt: null, ...shown }
    models.push(model)
    for (const { event_action, dedup_key } of pagerDuty) {
      const began = open.get(dedup_key)
      if (event_action === 'trigger') open.set(dedup_key, model)
      else if (began) began.overAt = at
    }
  }
  return models.reverse()
}

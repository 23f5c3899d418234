import { randomUUID } from 'node:crypto'
import type { DatasetModel, ReportChange, ReportModel } from './model.ts'

/** Which datasets have changed since a version that a page has. A version of another server is unknown. */
export function changeLog() {
  const instance = randomUUID().slice(0, 8)
  const texts = new Map<string, { of: DatasetModel; text: string; changed: number }>()
  let count = 0
  let last: ReportModel | undefined
  const order = () => last?.datasets.map(({ dataset }) => dataset) ?? []
  return {
    get version() {
      return `${instance}.${count}`
    },
    note(model: ReportModel): ReportModel {
      const before = order().join()
      const changed = model.datasets.filter((dataset) => {
        const known = texts.get(dataset.dataset)
        return known?.of !== dataset && known?.text !== JSON.stringify(dataset)
      })
      const isNewAlert = last?.alerts?.length !== model.alerts?.length || last?.alerts?.[0]?.id !== model.alerts?.[0]?.id
      last = model
      if (changed.length > 0 || isNewAlert || order().join() !== before) count += 1
      for (const dataset of changed) texts.set(dataset.dataset, { of: dataset, text: JSON.stringify(dataset), changed: count })
      return model
    },
    since(version: string): ReportChange {
      const [of, seen] = version.split('.')
      const from = of === instance ? Number(seen) : -1
      const datasets = (last?.datasets ?? []).filter(({ dataset }) => (texts.get(dataset)?.changed ?? 0) > from)
      return {
        version: `${instance}.${count}`,
        generatedAt: last?.generatedAt ?? '',
        order: order(),
        datasets,
        alerts: last?.alerts ?? null,
      }
    },
  }
}

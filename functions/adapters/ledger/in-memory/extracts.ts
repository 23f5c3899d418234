import type { ExtractRecord } from '../../../domain/extract/extract.ts'
import type { Extracts, Watermark } from '../../../ports/extracts.ts'

/** The twin of extracts.ts. */
export function inMemoryExtracts(): Extracts {
  const rows = new Map<string, ExtractRecord>()
  const watermarks = new Map<string, Watermark>()
  return {
    save: async (record) => void rows.set(`${record.dataset}/${record.extractId}`, record),
    async recent(dataset, limit) {
      const own = [...rows.values()].filter((row) => row.dataset === dataset)
      return own.sort((a, b) => (a.extractId < b.extractId ? 1 : -1)).slice(0, limit)
    },
    watermark: async (dataset) => watermarks.get(dataset),
    saveWatermark: async (dataset, watermark) => void watermarks.set(dataset, watermark),
  }
}

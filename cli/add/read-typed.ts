import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { python, root } from '../../setup/places.mjs'
import { UsageError } from '../usage-error.ts'
import { type Sample, SampleRows } from './sample.ts'

const NAMES = { parquet: 'Parquet', orc: 'ORC', avro: 'Avro' }

/** Reads a file that has types of its own, by Python: a line of types, then a line a row. */
export async function readTypedSample(file: string, format: keyof typeof NAMES): Promise<Sample> {
  const reader = execa(python, [join(root, 'cli', 'add', 'typed_rows.py'), format, file], { reject: false, buffer: { stdout: false } })
  const rows = new SampleRows()
  let types: Record<string, string> | undefined
  for await (const line of createInterface({ input: reader.stdout })) {
    const values = JSON.parse(line)
    if (!types) {
      types = values as Record<string, string>
      for (const name of Object.keys(types)) rows.column(name)
      continue
    }
    rows.columns.forEach((column, index) => void rows.put(column, values[index] ?? undefined))
    rows.endRow()
    if (rows.isFull) break
  }
  if (rows.isFull) reader.kill()
  const { exitCode, stderr } = await reader
  if (!rows.isFull && exitCode !== 0)
    throw new UsageError(`the sample cannot be read as ${NAMES[format]}: ${stderr.trim().split('\n').at(-1)}`)
  const columns = rows.done().map((column) => ({ ...column, type: types?.[column.name] ?? 'string' }))
  return { format, columns, rows: rows.rows, whole: !rows.isFull }
}

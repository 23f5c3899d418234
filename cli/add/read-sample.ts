import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { UsageError } from '../usage-error.ts'
import { readTextSample } from './read-text.ts'
import { readTypedSample } from './read-typed.ts'
import type { Sample } from './sample.ts'

const MAGIC = { PAR1: 'parquet', 'Obj\u0001': 'avro', ORC: 'orc' } as const

/**
 * Reads a file whole: Parquet, ORC, Avro, or CSV with a header or JSON, .gz or not.
 * @throws UsageError that begins with `--from <file>: `
 */
export async function readSample(file: string): Promise<Sample & { bytes: number }> {
  try {
    return await read(file)
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`--from ${file}: ${error.message}`)
    throw error
  }
}

async function read(file: string): Promise<Sample & { bytes: number }> {
  const size = await stat(file).catch(() => undefined)
  if (!size?.isFile()) throw new UsageError(size ? 'is not a file' : 'cannot be read')
  const magic = await firstBytes(file)
  const typed = Object.entries(MAGIC).find(([beginning]) => magic.toString('latin1').startsWith(beginning))
  if (typed) return { ...(await readTypedSample(file, typed[1])), bytes: size.size }
  if (magic.toString('latin1') === 'PK\u0003\u0004') throw new UsageError('the sample is a zip archive; unpack it first')
  if (magic[0] === 0xff && magic[1] === 0xfe) throw new UsageError('the sample is UTF-16; save it as UTF-8')
  if (magic[0] === 0xfe && magic[1] === 0xff) throw new UsageError('the sample is UTF-16; save it as UTF-8')
  try {
    return { ...(await readTextSample(textsOf(file, 'utf-8'))), bytes: size.size }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // Not UTF-8: windows-1252 is the most common one-byte encoding, and has the most letters.
    return { ...(await readTextSample(textsOf(file, 'windows-1252'))), encoding: 'windows-1252', bytes: size.size }
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function* textsOf(file: string, encoding: string): AsyncIterable<string> {
  const raw = createReadStream(file)
  const plain = file.toLowerCase().endsWith('.gz') ? raw.compose(createGunzip()) : raw
  const decoder = new TextDecoder(encoding, { fatal: true })
  for await (const chunk of plain) yield decoder.decode(chunk as Buffer, { stream: true })
  yield decoder.decode()
}

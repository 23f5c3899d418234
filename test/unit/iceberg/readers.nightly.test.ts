import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CreateDatabaseCommand } from '@aws-sdk/client-glue'
import { expect, it } from 'vitest'
import { glueTablePointers } from '../../../functions/adapters/glue/table-pointers.ts'
import type { Commit } from '../../../functions/domain/batch/manifest/manifest.ts'
import { publishCommit } from '../../../functions/use-cases/batch/publish/publish-commit.ts'
import { createClients } from '../../../laptop/aws/clients.ts'
import { python, pythonEnvironment } from '../../../setup/places.mjs'
import { startOpenAws } from '../laptop/open-aws.ts'
import { filesByUri } from './files-by-uri.ts'

// SLUICE_PUBLISHES=50 SLUICE_READS=1000 for a soak.
const PUBLISHES = Number(process.env.SLUICE_PUBLISHES ?? 5)
const READS = Number(process.env.SLUICE_READS ?? 40)

it(
  'readers of a table see only whole batches while others are published',
  async () => {
    const moto = await startOpenAws()
    const clients = createClients(moto.endpoint, 'test')
    // Files are in a folder: a thousand reads of fifty files through a server in Python would measure that server.
    const folder = mkdtempSync(join(tmpdir(), 'sluice-readers-'))
    await clients.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'db' } }))
    let published = 0
    const deps = {
      tables: glueTablePointers('db', clients.glue),
      lake: filesByUri,
      // Each publication comes a month after the one before.
      clock: { now: () => new Date(Date.UTC(2030, published, 2)) },
      newUuid: () => crypto.randomUUID(),
    }
    const program = join(import.meta.dirname, 'readers.py')
    const readers = spawn(python, [program, moto.endpoint, folder, String(PUBLISHES), String(READS)], {
      env: pythonEnvironment(),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      let last: { batchId?: string; commit?: Commit } = {}
      for await (const line of createInterface(readers.stdout)) {
        last = JSON.parse(line)
        const { batchId, commit } = last
        if (batchId === undefined || commit === undefined) continue
        await publishCommit({ table: 'orders', batchId, commit: { ...commit, monthEnds: 2 } }, async () => true, deps)
        published += 1
        readers.stdin.write('published\n')
      }
      expect(last).toMatchObject({ torn: 0 })
      const { reads, seen } = last as { reads: number; seen: number }
      expect(reads).toBeGreaterThanOrEqual(READS)
      expect(seen).toBeGreaterThan(1)
      const month = (number: number) => `month_${new Date(Date.UTC(2030, number, 1)).toISOString().slice(0, 7).replace('-', '_')}`
      expect(last).toMatchObject({
        tags: { [month(PUBLISHES - 2)]: 10 * (PUBLISHES - 1), [month(PUBLISHES - 3)]: 10 * (PUBLISHES - 2) },
      })
    } finally {
      readers.kill()
      clients.destroy()
      rmSync(folder, { recursive: true, force: true })
      await moto.stop()
    }
  },
  600_000 + 3_000 * READS,
)

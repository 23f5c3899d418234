import { createReadStream, existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { Command } from 'commander'
import { NEXT_COMMANDS, sluiceCommand } from '../../functions/domain/command/next-command.ts'
import { DATASET_NAME } from '../../functions/domain/contract/names.ts'
import { draftContract } from '../draft-contract.ts'
import type { SetExitCode } from '../exit-code.ts'
import { terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

interface Options {
  from?: string
  contracts: string
  key?: string
  partitionKeys?: string[]
  owner?: string
  json?: boolean
}

/** As much of a file as a thousand rows take, whatever its size. */
const SAMPLE_BYTES = 1024 * 1024

export function addCommand(_setExitCode: SetExitCode): Command {
  return new Command('add')
    .description('write the contract of a new dataset, from a sample of its files')
    .argument('<dataset>')
    .requiredOption('--from <file>', 'sample, CSV with a header or JSON lines, .gz or not')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--key <column>', 'primary key; else the first column whose values differ')
    .option('--partition-keys <key...>', 'raw folders, such as ingest_date')
    .option('--owner <address>', 'who is responsible')
    .option('--json', 'print one object: {"file"}')
    .addHelpText('after', '\nExit codes: 0 written, 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      if (!DATASET_NAME.test(dataset)) throw new UsageError(`"${dataset}" is no dataset name: it must match [a-z][a-z0-9_]{0,40}`)
      const file = join(options.contracts, `${dataset}.yml`)
      if (existsSync(file)) throw new UsageError(`${file} is there already`)
      const sample = await readSample(options.from ?? '').catch(() => {
        throw new UsageError(`--from ${options.from}: cannot be read`)
      })
      const contract = draftContract(dataset, sample, {
        owner: options.owner ?? `${userInfo().username}@example.com`,
        key: options.key,
        partitionKeys: options.partitionKeys ?? [],
      })
      await mkdir(options.contracts, { recursive: true })
      await writeFile(file, contract)
      if (options.json) terminal.printJson({ file })
      else terminal.print(`${file} is written. Read it, then check it: ${sluiceCommand(NEXT_COMMANDS.validate(options.contracts))}`)
    })
}

async function readSample(file: string): Promise<string> {
  const raw = createReadStream(file)
  const plain = file.toLowerCase().endsWith('.gz') ? raw.compose(createGunzip()) : raw
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of plain) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size >= SAMPLE_BYTES) break
  }
  const text = Buffer.concat(chunks).toString('utf8')
  // The last line may be cut off.
  const end = text.lastIndexOf('\n')
  return size < SAMPLE_BYTES || end < 0 ? text : text.slice(0, end + 1)
}

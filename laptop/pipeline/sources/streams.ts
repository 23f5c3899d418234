import { join } from 'node:path'
import type { Invocation } from '../../lambda/execution-environment.ts'
import { type Checkpoints, startStreamPoller } from '../../lambda/stream-poller.ts'
import type { Laptop } from '../laptop.ts'
import { createKeeper } from '../state/keeper.ts'
import { readWhole, writeWhole } from '../state/kept-files.ts'
import { type PutFiles, putLines } from './stream-files.ts'

/** The streams that the package's datasets are landed from. */
export interface Streams {
  isStream(dataset: string): boolean
  /** Puts each line of the files directly in the folder into the dataset's stream; how many files. */
  putFiles(dataset: string, folder: string): Promise<number>
  /** The files that were put, by `<dataset>/<file>`, since the state folder began. */
  filesPut(): PutFiles
  /** Whether a record waits to be landed. */
  isBehind(): Promise<boolean>
  stop(): Promise<void>
}

/** Starts what reads them. @param stateFolder where it is kept how far each was read */
export function startStreams(
  laptop: Laptop,
  invoke: (name: string, event: unknown) => Promise<Invocation>,
  stateFolder: string | undefined,
): Streams {
  const keeper = createKeeper()
  const names = new Map<string, string>()
  const putFile = stateFolder && join(stateFolder, 'stream-files.json')
  const put: PutFiles = (putFile && readWhole<PutFiles>(putFile)) || {}
  const pollers = laptop.streamMappings.map((mapping) => {
    const file = stateFolder && join(stateFolder, `stream-${mapping.functionName}.json`)
    const checkpoints = file && readWhole<Checkpoints>(file)
    names.set(String(laptop.functions.environmentOf(mapping.functionName).STREAM_DATASET), mapping.streamArn.split('/')[1] as string)
    return startStreamPoller(mapping, {
      clients: laptop.consumerOf(mapping),
      invoke,
      onLook: (trouble) => laptop.mappingStates.set(mapping.functionName, { streamArn: mapping.streamArn, trouble }),
      ...(checkpoints && { checkpoints }),
      ...(file && { onCheckpoint: (next: Checkpoints) => keeper.write(mapping.functionName, () => writeWhole(file, next)) }),
    })
  })
  return {
    isStream: (dataset) => names.has(dataset),
    async putFiles(dataset, folder) {
      const files = await putLines(laptop.clients.kinesis, folder, names.get(dataset) as string)
      for (const [path, file] of Object.entries(files)) put[`${dataset}/${path}`] = file
      if (putFile) keeper.write('files', () => writeWhole(putFile, put))
      return Object.keys(files).length
    },
    filesPut: () => put,
    isBehind: async () => (await Promise.all(pollers.map((poller) => poller.isBehind()))).some(Boolean),
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
      keeper.stop()
    },
  }
}

import { join } from 'node:path'
import type { Invocation } from '../lambda/execution-environment.ts'
import { type Checkpoints, startStreamPoller } from '../lambda/stream-poller.ts'
import type { Laptop } from './deployed-laptop.ts'
import { createKeeper } from './keeper.ts'
import { readWhole, writeWhole } from './kept-files.ts'

/** The streams that the package's datasets are landed from. */
export interface Streams {
  /** Of a dataset's name; undefined when it has none. */
  nameOf(dataset: string): string | undefined
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
  const pollers = laptop.streamMappings.map((mapping) => {
    const file = stateFolder && join(stateFolder, `stream-${mapping.functionName}.json`)
    const checkpoints = file && readWhole<Checkpoints>(file)
    names.set(String(laptop.functions.environmentOf(mapping.functionName).STREAM_DATASET), mapping.streamArn.split('/')[1] as string)
    return startStreamPoller(mapping, {
      clients: laptop.consumerOf(mapping),
      invoke,
      ...(checkpoints && { checkpoints }),
      ...(file && { onCheckpoint: (next: Checkpoints) => keeper.write(mapping.functionName, () => writeWhole(file, next)) }),
    })
  })
  return {
    nameOf: (dataset) => names.get(dataset),
    isBehind: async () => (await Promise.all(pollers.map((poller) => poller.isBehind()))).some(Boolean),
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()))
      keeper.stop()
    },
  }
}

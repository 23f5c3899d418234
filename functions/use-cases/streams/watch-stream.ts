import type { Contract } from '../../domain/contract/contract.ts'
import { streamOf } from '../../domain/contract/landers.ts'
import { landerFunctionName } from '../../domain/names.ts'
import { readingOf, streamInWords } from '../../domain/stream/mapping.ts'
import type { Needs } from '../intake/intake.ts'

export type WatchStreamWorld = Needs<'streamMappings' | 'alerts', 'prefix'>

/** Reports a stream or topic that Lambda does not read, and that it does again: Lambda sends no event of either. */
export async function watchStream({ dataset, owner, source }: Contract, world: WatchStreamWorld): Promise<void> {
  const stream = streamOf(source)
  if (stream === undefined) return
  const reading = readingOf(await world.streamMappings.find(landerFunctionName(world.settings.prefix, dataset)))
  // Neither a trouble nor the end of one.
  if (reading.is === 'changing') return
  if (reading.is === 'read' || reading.is === 'failing') return world.alerts.streamRead(dataset, `${streamInWords(stream)} is read`)
  await world.alerts.streamNotRead({ dataset, owner, stream, trouble: reading })
}

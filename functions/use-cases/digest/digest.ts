import type { CommandTarget } from '../../domain/command/next-command.ts'
import { digestMessage } from '../../domain/digest/text.ts'
import type { DigestTopic } from '../../ports/alerts.ts'
import { type ReadDigestWorld, readDigest } from './read-digest.ts'

export interface DigestWorld extends ReadDigestWorld {
  digestTopic: DigestTopic
  digestTarget: CommandTarget
}

/** Sends how every dataset did in the last 24 hours. A call that is repeated sends it again. */
export async function digest(world: DigestWorld): Promise<{ subject: string }> {
  const { subject, text } = digestMessage(await readDigest(world), world.digestTarget)
  await world.digestTopic.publish({ subject, text })
  return { subject }
}

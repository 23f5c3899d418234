import type { LambdaClient } from '@aws-sdk/client-lambda'
import { lambdaStreamMappings } from '../../functions/adapters/lambda/stream-mappings.ts'
import type { Stream } from '../../functions/domain/contract/landers.ts'
import { readingOf, streamInWords, troubleInWords } from '../../functions/domain/stream/mapping.ts'

/** Why a stream or topic does not land, as Lambda tells it; undefined where all is well or is being changed. */
export async function mappingProblem(
  stream: Pick<Stream, 'kind' | 'name'>,
  functionName: string,
  lambda: Pick<LambdaClient, 'send'>,
): Promise<string | undefined> {
  const reading = readingOf(await lambdaStreamMappings(lambda).find(functionName))
  if (reading.is === 'read' || reading.is === 'changing') return undefined
  if (reading.is === 'failing') return `${streamInWords(stream)} is read, and the function that lands it fails; its log has the reason`
  return troubleInWords(stream, reading)
}

/** Whether you may not ask. Some services say AccessDenied, others AccessDeniedException. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('AccessDenied')
}

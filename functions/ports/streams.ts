/** What AWS tells of the streams that it reads for us. */

import type { Mapping } from '../domain/stream/mapping.ts'

export interface StreamMappings {
  /** The event source mapping of the function, which has one stream; undefined where there is none. */
  find(functionName: string): Promise<Mapping | undefined>
}

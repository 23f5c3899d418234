import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ObjectStore } from '../../../functions/ports/object-store.ts'

/** Where a table's metadata is in a folder: what the publisher needs of a store. Keys are `file:` URIs. */
export const filesByUri: Pick<ObjectStore, 'getText' | 'putText'> = {
  getText: async (uri) => (existsSync(fileURLToPath(uri)) ? readFileSync(fileURLToPath(uri), 'utf8') : undefined),
  putText: async (uri, text) => {
    writeFileSync(fileURLToPath(uri), text)
    return true
  },
}

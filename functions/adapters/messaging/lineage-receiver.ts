import { TransientDependencyError } from '../../domain/errors.ts'
import type { LineageReceiver } from '../../ports/publications.ts'

/** A receiver that hangs would use up the time of the function. */
const TIMEOUT_MS = 3000

/** Marquez, DataHub and others take one event a request. https://openlineage.io/docs/client/python/configuration#http */
export function httpLineageReceiver(url: string): LineageReceiver {
  return {
    async post(event) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (!response.ok) throw new TransientDependencyError(`the receiver of lineage answered ${response.status}`)
    },
  }
}

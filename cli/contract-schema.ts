import { z } from 'zod'
import { contractSchema } from '../functions/domain/contract/contract.ts'

/** The schema that `sluice validate` checks with, as JSON Schema of what a person writes. */
export function contractJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(contractSchema, { io: 'input' }), title: 'Sluice contract' }
}

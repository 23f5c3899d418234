import { describe, it } from 'vitest'
import { check, PROPERTIES } from './model/properties.ts'

/** SLUICE_SEED plays what failed again; `npm run test:soak` plays a million. */
const SCHEDULES = Number(process.env.SLUICE_SCHEDULES ?? 1_000)
const HOURS = 3_600_000

describe('the intake protocol', () => {
  it.each(PROPERTIES.map((property) => [property.says, property] as const))(
    '%s',
    (_says, property) => check(property, SCHEDULES),
    24 * HOURS,
  )
})

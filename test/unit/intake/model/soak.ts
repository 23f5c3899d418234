// What soak.mjs bundles: plays the schedules of one seed, and exits with 1 and the counterexample where a promise is broken.
import { check, PROPERTIES } from './properties.ts'

const [seed, schedules] = process.argv.slice(2)
try {
  for (const property of PROPERTIES) await check(property, Number(schedules), seed)
} catch (error) {
  const { message, cause } = error as Error
  process.stdout.write(`${message}\n${cause instanceof Error ? cause.message : ''}\n`)
  process.exitCode = 1
}

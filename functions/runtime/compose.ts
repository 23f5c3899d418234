import { ConfigurationError } from '../domain/errors.ts'
import { lazy } from './lazy.ts'

/**
 * What a function works with, each part made by its own maker (connections.ts, settings.ts), all of them when the first event comes.
 * A function imports the makers that it names and no others, so that its bundle holds no client that it does not use.
 * @throws ConfigurationError naming every variable that is missing or wrong
 */
export function compose<Makers extends Record<string, () => unknown>>(
  makers: Makers,
): () => { [Name in keyof Makers]: ReturnType<Makers[Name]> } {
  return lazy(() => {
    const wrong: string[] = []
    const made = Object.entries(makers).map(([name, make]) => {
      try {
        return [name, make()]
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error
        wrong.push(error.message)
        return [name, undefined]
      }
    })
    if (wrong.length > 0) throw new ConfigurationError(wrong.join('; '))
    return Object.fromEntries(made)
  })
}

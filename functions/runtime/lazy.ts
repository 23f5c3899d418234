/** Makes a thing on first use and keeps it; a failure is forgotten, so that the next use tries again. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

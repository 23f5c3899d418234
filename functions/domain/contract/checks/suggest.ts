/** `; did you mean amount?` where one of the names is a slip away, else nothing. */
export function didYouMean(written: string, names: Iterable<string>): string {
  const near = nearest(written, names)
  return near === undefined ? '' : `; did you mean ${near}?`
}

/** The closest name, if a third of the letters at most must change; the first of equals. */
export function nearest(written: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(written.length / 3)) + 1
  for (const name of names) {
    if (Math.abs(name.length - written.length) >= least) continue
    const changes = distance(plain(written), plain(name))
    if (changes < least) [best, least] = [name, changes]
  }
  return best
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[_ -]/g, '')

/** Letters to add, drop, replace or swap with their neighbour (optimal string alignment). */
function distance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1]
      let least = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1))
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1)
      }
      current.push(least)
    }
    ;[beforeLast, last] = [last, current]
  }
  return last[right.length] ?? 0
}

/** The signs that match any one character, and any number of them. */
export interface Wildcards {
  one: string
  many: string
}

/**
 * Whether the whole text matches, by code points. Goes back only to the last `many`: in the worst case the product of both lengths, where a
 * regular expression may try every split.
 */
export function matchesWildcards({ one, many }: Wildcards, pattern: string, text: string): boolean {
  const [signs, letters] = [[...pattern], [...text]]
  let [sign, letter] = [0, 0]
  let [lastMany, letterOfMany] = [-1, 0]
  while (letter < letters.length) {
    if (signs[sign] === many) {
      ;[lastMany, letterOfMany] = [sign, letter]
      sign += 1
    } else if (sign < signs.length && (signs[sign] === one || signs[sign] === letters[letter])) {
      sign += 1
      letter += 1
    } else if (lastMany >= 0) {
      letterOfMany += 1
      ;[sign, letter] = [lastMany + 1, letterOfMany]
    } else return false
  }
  while (signs[sign] === many) sign += 1
  return sign === signs.length
}

/** The texts of the objects in JSON that is not an object a line: elements of an array, and objects one behind another. */
export async function* objectsOf(texts: AsyncIterable<string>): AsyncIterable<string> {
  let text = ''
  let begin = -1
  let at = 0
  let depth = 0
  let inString = false
  for await (const more of texts) {
    text = begin < 0 ? more : text.slice(begin) + more
    at = begin < 0 ? 0 : at - begin
    begin = Math.min(begin, 0)
    for (; at < text.length; at++) {
      const sign = text[at] as string
      if (inString) {
        if (sign === '\\') at++
        else if (sign === '"') inString = false
      } else if (sign === '"') inString = true
      else if (sign === '{' && begin < 0) [begin, depth] = [at, 1]
      else if ((sign === '{' || sign === '[') && begin >= 0) depth++
      else if ((sign === '}' || sign === ']') && begin >= 0 && --depth === 0) {
        yield text.slice(begin, at + 1)
        begin = -1
      }
    }
  }
}

import { isSafePartitionValue } from './partition.ts'

export interface Token {
  kind: 'string' | 'number' | 'word' | 'key' | 'symbol' | 'end'
  text: string
  /** From 0. */
  at: number
}

/** Throws an error that names the character and what is wrong there. */
export type Refuse = (at: number, why: string) => never

const TOKEN =
  /\s*(?:(?<quoted>'(?:[^']|'')*'|"[^"]*")|(?<number>-?\d+(?:\.\d+)?(?![\w.]))|(?<word>[A-Za-z_]\w*|`[A-Za-z_]\w*`)|(?<symbol><=|>=|<>|!=|==|[=<>(),]))/y
/** A number of more digits would be compared as its neighbour. */
const EXACT_DIGITS = 15

/** What a predicate is made of, with an `end` behind it. A word in backticks is a key, whatever else it may be. */
export function tokenize(text: string, refuse: Refuse): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    const start = at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0)
    if (!match) return refuse(start, `"${text[start]}" is not allowed in a predicate`)
    tokens.push({ ...tokenOf(match.groups as Record<string, string | undefined>, start, refuse), at: start })
    at = TOKEN.lastIndex
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

function tokenOf({ quoted, number, word, symbol }: Record<string, string | undefined>, at: number, refuse: Refuse): Omit<Token, 'at'> {
  if (quoted !== undefined) {
    const value = quoted.startsWith("'") ? quoted.slice(1, -1).replaceAll("''", "'") : quoted.slice(1, -1)
    if (!isSafePartitionValue(value)) refuse(at, 'a value holds a quote, a slash or a control character, which no partition value may hold')
    return { kind: 'string', text: value }
  }
  if (number !== undefined) {
    if (number.replaceAll(/\D/g, '').length > EXACT_DIGITS)
      refuse(at, `a number has at most ${EXACT_DIGITS} digits; put longer ones in quotes`)
    return { kind: 'number', text: number }
  }
  if (word?.startsWith('`')) return { kind: 'key', text: word.slice(1, -1) }
  return word === undefined ? { kind: 'symbol', text: symbol ?? '' } : { kind: 'word', text: word }
}

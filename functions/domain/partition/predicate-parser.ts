import { InvalidInputError } from '../errors.ts'
import { isSafePartitionValue } from './partition.ts'

/**
 * The predicates that a person may give over partition keys: comparisons, [NOT] IN, [NOT] BETWEEN, [NOT] LIKE, AND, OR, NOT, brackets, and
 * literals. Nothing else gets through, so that what reaches the catalog's expression was built here, not typed.
 */
export type Predicate =
  | { kind: 'compare'; key: string; operator: '=' | '<>' | '<' | '<=' | '>' | '>='; value: Literal }
  | { kind: 'in'; key: string; values: Literal[] }
  | { kind: 'between'; key: string; low: Literal; high: Literal }
  | { kind: 'like'; key: string; pattern: string }
  | { kind: 'and' | 'or'; operands: Predicate[] }
  | { kind: 'not'; operand: Predicate }
export type Literal = string | number

/** As long as the catalog takes. */
const MAX_LENGTH = 2048
const MAX_DEPTH = 32
const WORDS = new Set(['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'LIKE'])
const TOKEN =
  /\s*(?:(?<quoted>'(?:[^']|'')*'|"[^"]*")|(?<number>-?\d+(?:\.\d+)?(?![\w.]))|(?<word>[A-Za-z_]\w*|`[A-Za-z_]\w*`)|(?<symbol><=|>=|<>|!=|==|[=<>(),]))/y

interface Token {
  kind: 'string' | 'number' | 'word' | 'key' | 'symbol' | 'end'
  text: string
  at: number
}

/** @throws InvalidInputError that names `field`, the place and what was expected */
export function parsePredicate(text: string, keys: string[], field = 'push_down_predicate'): Predicate {
  const refuse = (at: number, why: string): never => {
    throw new InvalidInputError(`${field}: ${why} (at character ${at + 1})`)
  }
  if (text.length > MAX_LENGTH) refuse(MAX_LENGTH, `is longer than ${MAX_LENGTH} characters`)
  const tokens = tokenize(text, refuse)
  let position = 0
  const peek = () => tokens[position] as Token
  const take = () => tokens[position++] as Token
  const isWord = (word: string) => peek().kind === 'word' && peek().text.toUpperCase() === word
  const isSymbol = (symbol: string) => peek().kind === 'symbol' && peek().text === symbol
  const expectSymbol = (symbol: string) => (isSymbol(symbol) ? take() : refuse(peek().at, `expected ${symbol}`))

  function alternatives(depth: number): Predicate {
    if (depth > MAX_DEPTH) refuse(peek().at, 'is nested too deeply')
    return chain('OR', () => chain('AND', () => negation(depth)))
  }
  function chain(word: 'AND' | 'OR', operand: () => Predicate): Predicate {
    const operands = [operand()]
    while (isWord(word)) {
      take()
      operands.push(operand())
    }
    return operands.length === 1 ? (operands[0] as Predicate) : { kind: word === 'AND' ? 'and' : 'or', operands }
  }
  function negation(depth: number): Predicate {
    if (depth > MAX_DEPTH) refuse(peek().at, 'is nested too deeply')
    if (isWord('NOT')) {
      take()
      return { kind: 'not', operand: negation(depth + 1) }
    }
    if (!isSymbol('(')) return comparison()
    take()
    const inner = alternatives(depth + 1)
    expectSymbol(')')
    return inner
  }
  function comparison(): Predicate {
    const key = partitionKey()
    if (isWord('NOT')) {
      take()
      return { kind: 'not', operand: listing(key) ?? refuse(peek().at, 'expected IN, BETWEEN or LIKE after NOT') }
    }
    const listed = listing(key)
    if (listed) return listed
    const token = take()
    const operator = { '=': '=', '==': '=', '!=': '<>', '<>': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' }[token.text] as
      | '='
      | undefined
    if (token.kind !== 'symbol' || !operator) return refuse(token.at, `expected a comparison after ${key}`)
    return { kind: 'compare', key, operator, value: literal() }
  }
  function listing(key: string): Predicate | undefined {
    if (isWord('IN')) {
      take()
      expectSymbol('(')
      const values = [literal()]
      while (isSymbol(',')) {
        take()
        values.push(literal())
      }
      expectSymbol(')')
      return { kind: 'in', key, values }
    }
    if (isWord('BETWEEN')) {
      take()
      const low = literal()
      if (!isWord('AND')) refuse(peek().at, 'expected AND after BETWEEN and its first value')
      take()
      return { kind: 'between', key, low, high: literal() }
    }
    if (isWord('LIKE')) {
      take()
      return { kind: 'like', key, pattern: String(literal()) }
    }
    return undefined
  }
  function partitionKey(): string {
    const token = take()
    if (token.kind !== 'key' && !(token.kind === 'word' && !WORDS.has(token.text.toUpperCase()))) {
      return refuse(token.at, token.kind === 'end' ? 'ends where a partition key was expected' : 'expected a partition key')
    }
    const key = keys.find((known) => known.toLowerCase() === token.text.toLowerCase())
    if (key === undefined) {
      refuse(token.at, `"${token.text}" is not a partition key of this dataset (${keys.join(', ') || 'it has none'})`)
    }
    return key as string
  }
  function literal(): Literal {
    const token = take()
    if (token.kind === 'string') return token.text
    if (token.kind === 'number') return Number(token.text)
    return refuse(token.at, "expected a value such as '2025-01' or 5")
  }

  const predicate = alternatives(0)
  if (peek().kind !== 'end') refuse(peek().at, `"${peek().text}" does not belong there`)
  return predicate
}

function tokenize(text: string, refuse: (at: number, why: string) => never): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  let at = 0
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    const start = at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0)
    if (!match) return refuse(start, `"${text[start]}" is not allowed in a predicate`)
    const { quoted, number, word, symbol } = match.groups as Record<string, string | undefined>
    if (quoted !== undefined) {
      const value = quoted.startsWith("'") ? quoted.slice(1, -1).replaceAll("''", "'") : quoted.slice(1, -1)
      if (!isSafePartitionValue(value))
        return refuse(start, 'a value holds what no partition value may: a quote, a slash, a control character')
      tokens.push({ kind: 'string', text: value, at: start })
    } else if (number !== undefined) tokens.push({ kind: 'number', text: number, at: start })
    else if (word?.startsWith('`')) tokens.push({ kind: 'key', text: word.slice(1, -1), at: start })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at: start })
    else tokens.push({ kind: 'symbol', text: symbol ?? '', at: start })
    at = TOKEN.lastIndex
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

import { InvalidInputError } from '../errors.ts'
import { PREDICATE_LIMIT } from './predicate.ts'
import { depthOf, renderPredicate } from './predicate-rendering.ts'
import { type Refuse, type Token, tokenize } from './predicate-tokens.ts'
import type { Literal, Operator, Predicate } from './predicate-tree.ts'

/** Of the text as it is typed; what the catalog is given is at most PREDICATE_LIMIT long. */
const MAX_LENGTH = 16 * 1024
const MAX_DEPTH = 32
/** Of brackets and NOTs as they are typed. Higher than what MAX_DEPTH is rendered with, so that it can be read back. */
const MAX_NESTING = 100
const OPERATORS: Record<string, Operator> = { '=': '=', '==': '=', '!=': '<>', '<>': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' }

/**
 * Comparisons, [NOT] IN, [NOT] BETWEEN, [NOT] LIKE, AND, OR, NOT, brackets and literals over partition keys; nothing else gets through, so that
 * what reaches the catalog's expression was built here. What is accepted is accepted again as renderPredicate writes it.
 * @throws InvalidInputError that names `field`, the place and what was expected
 */
export function parsePredicate(text: string, keys: string[], field = 'push_down_predicate'): Predicate {
  const refuse: Refuse = (at, why) => {
    throw new InvalidInputError(`${field}: ${why} (at character ${at + 1})`)
  }
  if (text.length > MAX_LENGTH) refuse(MAX_LENGTH, `is longer than ${MAX_LENGTH} characters`)
  const predicate = new Parser(tokenize(text, refuse), keys, refuse).whole()
  if (depthOf(predicate) > MAX_DEPTH) refuse(0, 'is nested too deeply')
  const length = renderPredicate(predicate).length
  if (length > PREDICATE_LIMIT) {
    refuse(
      0,
      `is ${length} characters long as the catalog is given it, which takes at most ${PREDICATE_LIMIT}; name fewer partitions at a time`,
    )
  }
  return predicate
}

class Parser {
  private position = 0
  constructor(
    private readonly tokens: Token[],
    private readonly keys: string[],
    private readonly refuse: Refuse,
  ) {}

  whole(): Predicate {
    const predicate = this.alternatives(0)
    const { kind, text, at } = this.peek()
    if (kind !== 'end') this.refuse(at, `"${text}" does not belong there`)
    return predicate
  }

  private alternatives(nesting: number): Predicate {
    if (nesting > MAX_NESTING) this.refuse(this.peek().at, 'is nested too deeply')
    return this.chain('OR', () => this.chain('AND', () => this.operand(nesting)))
  }

  private chain(word: 'AND' | 'OR', operand: () => Predicate): Predicate {
    const operands = [operand()]
    while (this.takeWord(word)) operands.push(operand())
    return operands.length === 1 ? (operands[0] as Predicate) : { kind: word === 'AND' ? 'and' : 'or', operands }
  }

  private operand(nesting: number): Predicate {
    if (nesting > MAX_NESTING) this.refuse(this.peek().at, 'is nested too deeply')
    if (this.isWord('NOT') && !this.isKeyHere()) {
      this.take()
      return { kind: 'not', operand: this.operand(nesting + 1) }
    }
    if (!this.takeSymbol('(')) return this.comparison()
    const inner = this.alternatives(nesting + 1)
    this.expectSymbol(')')
    return inner
  }

  /** Whether the NOT that comes next is a column of that name: only a column is compared. */
  private isKeyHere(): boolean {
    if (!this.keys.some((key) => key.toUpperCase() === 'NOT')) return false
    const next = this.peek(1)
    if (next.kind === 'symbol') return next.text in OPERATORS
    if (this.isWord('NOT', 1)) return ['IN', 'LIKE', 'BETWEEN'].some((word) => this.isWord(word, 2))
    const behind = this.peek(2)
    if (this.isWord('IN', 1)) return behind.kind === 'symbol' && behind.text === '('
    return (this.isWord('LIKE', 1) || this.isWord('BETWEEN', 1)) && (behind.kind === 'string' || behind.kind === 'number')
  }

  private comparison(): Predicate {
    const key = this.key()
    if (this.takeWord('NOT')) {
      return { kind: 'not', operand: this.listing(key) ?? this.refuse(this.peek().at, 'expected IN, BETWEEN or LIKE after NOT') }
    }
    const listed = this.listing(key)
    if (listed) return listed
    const token = this.take()
    const operator = token.kind === 'symbol' ? OPERATORS[token.text] : undefined
    if (!operator) return this.refuse(token.at, `expected a comparison after ${key}`)
    return { kind: 'compare', key, operator, value: this.literal() }
  }

  private listing(key: string): Predicate | undefined {
    if (this.takeWord('IN')) {
      this.expectSymbol('(')
      const values = [this.literal()]
      while (this.takeSymbol(',')) values.push(this.literal())
      this.expectSymbol(')')
      return { kind: 'in', key, values }
    }
    if (this.takeWord('BETWEEN')) {
      const low = this.literal()
      if (!this.takeWord('AND')) this.refuse(this.peek().at, 'expected AND after BETWEEN and its first value')
      return { kind: 'between', key, low, high: this.literal() }
    }
    return this.takeWord('LIKE') ? { kind: 'like', key, pattern: String(this.literal()) } : undefined
  }

  private key(): string {
    const { kind, text, at } = this.take()
    const known = this.keys.find((name) => name.toLowerCase() === text.toLowerCase())
    if (kind === 'key' || kind === 'word') {
      if (known !== undefined) return known
      if (kind === 'key' || !/^(and|or|not|in|between|like)$/i.test(text)) {
        this.refuse(at, `"${text}" is not a partition key of this dataset (${this.keys.join(', ') || 'it has none'})`)
      }
    }
    return this.refuse(at, kind === 'end' ? 'ends where a partition key was expected' : 'expected a partition key')
  }

  private literal(): Literal {
    const { kind, text, at } = this.take()
    if (kind === 'string') return text
    return kind === 'number' ? Number(text) : this.refuse(at, "expected a value such as '2025-01' or 5")
  }

  private peek(ahead = 0): Token {
    return (this.tokens[this.position + ahead] ?? this.tokens.at(-1)) as Token
  }
  private take(): Token {
    const token = this.peek()
    this.position += 1
    return token
  }
  private isWord(word: string, ahead = 0): boolean {
    const { kind, text } = this.peek(ahead)
    return kind === 'word' && text.toUpperCase() === word
  }
  private takeWord(word: string): boolean {
    const taken = this.isWord(word)
    if (taken) this.position += 1
    return taken
  }
  private takeSymbol(symbol: string): boolean {
    const taken = this.peek().kind === 'symbol' && this.peek().text === symbol
    if (taken) this.position += 1
    return taken
  }
  private expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) this.refuse(this.peek().at, `expected ${symbol}`)
  }
}

/** A predicate over partition keys, whose values are texts. */
export type Predicate =
  | { kind: 'compare'; key: string; operator: Operator; value: Literal }
  | { kind: 'in'; key: string; values: Literal[] }
  | { kind: 'between'; key: string; low: Literal; high: Literal }
  | { kind: 'like'; key: string; pattern: string }
  | { kind: 'and' | 'or'; operands: Predicate[] }
  | { kind: 'not'; operand: Predicate }
export type Operator = '=' | '<>' | '<' | '<=' | '>' | '>='
export type Literal = string | number

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** Whether EventBridge would deliver the event by the pattern. Operators that no rule of ours uses are refused, not guessed. */
export function matches(pattern: Json, event: Json | undefined): boolean {
  if (Array.isArray(pattern)) return pattern.some((filter) => passes(filter, event))
  if (pattern === null || typeof pattern !== 'object') throw new Error(`a pattern's leaf must be a list: ${JSON.stringify(pattern)}`)
  if (event === null || typeof event !== 'object' || Array.isArray(event)) return false
  return Object.entries(pattern).every(([field, part]) => matches(part, event[field]))
}

function passes(filter: Json, found: Json | undefined): boolean {
  if (filter === null || typeof filter !== 'object') return found === filter
  const [operator, operand, ...more] = Object.entries(filter).flat()
  if (more.length > 0 || typeof operand !== 'string') throw new Error(`a filter not known here: ${JSON.stringify(filter)}`)
  if (typeof found !== 'string') return false
  if (operator === 'prefix') return found.startsWith(operand)
  if (operator === 'wildcard') return new RegExp(`^${operand.split('*').map(escape).join('.*')}$`, 's').test(found)
  throw new Error(`an operator not known here: ${String(operator)}`)
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

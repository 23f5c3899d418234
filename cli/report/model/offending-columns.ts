/**
 * Columns of a row that its reason is about, by the reason's name: `invalid_type:amount` names one behind the colon; `null_order_id` and a rule such as
 * `negative_amount` hold one. Empty where the name tells nothing.
 */
export function offendingColumns(reason: string, columns: readonly string[]): string[] {
  const behind = reason.slice(reason.indexOf(':') + 1)
  if (reason.includes(':')) return columns.includes(behind) ? [behind] : []
  const held = columns.filter((name) => !name.startsWith('_') && `_${reason}_`.toLowerCase().includes(`_${name.toLowerCase()}_`))
  // Of `id` and `order_id` the longer is meant.
  return held.filter((name) => !held.some((other) => other !== name && `_${other}_`.includes(`_${name}_`)))
}

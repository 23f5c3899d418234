const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** 2,000 */
export const inFull = (amount: number) => whole.format(amount)

/** 1 file, 2,000 files; `more` where the plural is not `one` with an s. */
export const plural = (amount: number, one: string, more = `${one}s`) => `${whole.format(amount)} ${amount === 1 ? one : more}`

/** $1,234.50; what is less than a cent and not nothing is <$0.01. */
export function dollars(amount: number): string {
  if (amount === 0) return '$0'
  return amount < 0.01 ? '<$0.01' : `$${amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}

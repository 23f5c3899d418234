const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** 2,000 */
export const inFull = (amount: number) => whole.format(amount)

/** 1 file, 2,000 files; `more` where the plural is not `one` with an s. */
export const plural = (amount: number, one: string, more = `${one}s`) => `${whole.format(amount)} ${amount === 1 ? one : more}`

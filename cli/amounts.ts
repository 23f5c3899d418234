export function bytes(amount: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = amount < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(amount) / 3))
  const value = amount / 1000 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

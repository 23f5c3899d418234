import { InvalidArgumentError } from 'commander'

export function positiveInteger(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Must be a whole number from 1.')
  return number
}

export function naturalNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isInteger(number) || number < 0) throw new InvalidArgumentError('Must be a whole number from 0.')
  return number
}

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

/** A TCP port that a server may be given. */
export function portNumber(text: string): number {
  const port = positiveInteger(text)
  if (port > 65_535) throw new InvalidArgumentError('Must be a port, at most 65535.')
  return port
}

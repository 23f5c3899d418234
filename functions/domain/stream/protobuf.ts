/** A field of a message: an integer, or bytes. */
export interface Field {
  number: number
  integer?: bigint
  bytes?: Buffer
}

const VARINT = 0
const LENGTH_DELIMITED = 2

/** The fields of a message of Protocol Buffers that has integers and bytes alone; undefined when it is none. https://protobuf.dev/programming-guides/encoding */
export function fieldsOf(message: Buffer): Field[] | undefined {
  const fields: Field[] = []
  let place = 0
  const varint = (): bigint | undefined => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[place++]
      if (byte === undefined) return undefined
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return undefined
  }
  while (place < message.length) {
    const tag = varint()
    const value = varint()
    if (tag === undefined || value === undefined) return undefined
    const number = Number(tag >> 3n)
    const kind = Number(tag & 7n)
    if (kind === VARINT) fields.push({ number, integer: value })
    else if (kind === LENGTH_DELIMITED && value <= BigInt(message.length - place)) {
      fields.push({ number, bytes: message.subarray(place, place + Number(value)) })
      place += Number(value)
    } else return undefined
  }
  return fields
}

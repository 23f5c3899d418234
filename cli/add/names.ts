import { checkNames } from '../../functions/domain/contract/checks/names.ts'
import { readDraft } from '../../functions/domain/contract/draft.ts'
import { IDENTIFIER } from '../../functions/domain/contract/names.ts'

/** The name of a column that identifies something: order_id, zipCode. */
export const LOOKS_LIKE_KEY = /(^|_)(id|key|code|no|nr|num|number|uuid|guid|sku|ref)$|(^|[a-z])(Id|ID|Key|Code|No)$/

/** The source's names → names that a contract can have: the same where they can be, each but once in any case, and none of `others`, in small letters. */
export function contractNames(names: string[], others: string[] = []): Map<string, string> {
  const taken = new Set(others)
  return new Map(
    names.map((name) => {
      const base = isTakable(name) ? name : plain(name)
      let free = base
      for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${base}_${number}`
      taken.add(free.toLowerCase())
      return [name, free]
    }),
  )
}

function isTakable(name: string): boolean {
  if (!IDENTIFIER.test(name)) return false
  let reserved = false
  checkNames(readDraft({ columns: { [name]: 'string' } }), () => {
    reserved = true
  })
  return !reserved
}

const SPELLED: Record<string, string> = {
  ß: 'ss',
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  '%': ' percent ',
  '#': ' number ',
  '€': ' eur ',
  $: ' usd ',
}

/** `Größe (cm)` → `groesse_cm`, `2nd` → `column_2nd`. */
function plain(name: string): string {
  const words = [...name.trim().toLowerCase().normalize('NFC')]
    .map((letter) => SPELLED[letter] ?? letter)
    .join('')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 100)
  if (words === '') return 'column'
  return /^\d/.test(words) || !isTakable(words) ? `column_${words}` : words
}

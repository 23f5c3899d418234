import fc from 'fast-check'
import picomatch from 'picomatch'
import { expect, it } from 'vitest'
import { isExcludeGlob } from '../../../functions/domain/contract/exclude-glob.ts'
import { globMatcher } from '../../../functions/domain/landing/globs.ts'
import file from '../../cases/globs.json' with { type: 'json' }

const { cases, slow } = file

it.each(cases)('$glob', ({ glob, excluded, kept }) => {
  expect(isExcludeGlob(glob)).toBe(true)
  const matches = globMatcher([glob])
  expect(excluded.filter((path) => !matches(path))).toEqual([])
  expect(kept.filter(matches)).toEqual([])
})

it('counts its steps by letters and signs, whatever the key', () => {
  const key = slow.repeated.repeat(slow.times)
  let looks = 0
  // The path counts how often it is read: once for each letter.
  const counted = {
    *[Symbol.iterator]() {
      for (const letter of key) {
        looks += 1
        yield letter
      }
    },
  } as unknown as string
  expect(globMatcher([slow.glob])(counted)).toBe(slow.excluded)
  expect(looks).toBe(key.length)
})

it('matches nothing without globs, and any of several', () => {
  expect(globMatcher([])('a')).toBe(false)
  const matches = globMatcher(['**/*.tmp', 'a/**'])
  expect([matches('x/f.tmp'), matches('a/b/c'), matches('b/f.csv')]).toEqual([true, true, false])
})

const sign = fc.constantFrom('a', 'b', '.', '-', '=', '1', '*', '?', '[ab]', '[^a]', '[a-c]', '{a,b*}', '{ab,a,b1}', '\\*', '\\?', '\\{')
const folder = fc.oneof(
  { weight: 1, arbitrary: fc.constant('**') },
  { weight: 3, arbitrary: fc.array(sign, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')) },
)
const glob = fc
  .array(folder, { minLength: 1, maxLength: 4 })
  .map((folders) => folders.join('/'))
  .filter(isExcludeGlob)
const path = fc
  .array(
    fc
      .array(fc.constantFrom('a', 'b', 'c', '.', '-', '=', '1', '*', '?', '{'), { minLength: 1, maxLength: 4 })
      .map((letters) => letters.join('')),
    { minLength: 1, maxLength: 4 },
  )
  // Of these picomatch thinks as a shell does; in a key they are names like others.
  .filter((folders) => !folders.some((name) => name === '.' || name === '..'))
  .map((folders) => folders.join('/'))

it('matches what picomatch matches, over drawn globs and keys', () => {
  fc.assert(
    fc.property(glob, fc.array(path, { minLength: 20, maxLength: 20 }), (drawn, paths) => {
      const [ours, theirs] = [globMatcher([drawn]), picomatch(drawn, { dot: true })]
      // A file that has the folder's own name: picomatch takes it for `a/**`, and not for `*/**`. Both our readers take it for both.
      const isTheFolder = drawn.endsWith('/**') ? globMatcher([drawn.slice(0, -3)]) : () => false
      // For these two picomatch has ready answers, which want a letter behind the point; it wants none for `x*.*`.
      const isReady = drawn === '*.*' || drawn === '**/*.*' ? (key: string) => key.endsWith('.') : () => false
      for (const key of paths.filter((one) => !isTheFolder(one) && !isReady(one)))
        expect(ours(key), `${drawn} over ${key}`).toBe(theirs(key))
    }),
    { numRuns: 1000 },
  )
})

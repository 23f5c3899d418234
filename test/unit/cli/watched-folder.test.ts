import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { watchFolder } from '../../../cli/up/watched-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-watched-'))
  mkdirSync(join(folder, 'orders', 'day=1'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string) => writeFileSync(join(folder, 'orders', 'day=1', name), text)
const object = (text: string) => ({ size: text.length, md5: createHash('md5').update(text).digest('hex') })

/** Two looks: a file is taken when it looked the same twice. */
async function landed(watched: ReturnType<typeof watchFolder>): Promise<string[]> {
  const names: string[] = []
  for (let look = 0; look < 2; look += 1)
    await watched.landReady(async (copy) => void names.push(...readdirSync(join(copy, 'orders', 'day=1'))))
  return names.sort()
}

it('lands a file once, and again when it has changed', async () => {
  const watched = watchFolder(folder)
  write('a.csv', 'one')
  expect(await landed(watched)).toEqual(['a.csv'])
  expect(await landed(watched)).toEqual([])
  write('a.csv', 'three')
  expect(await landed(watched)).toEqual(['a.csv'])
})

it('passes over what an earlier pipeline has landed, and lands what came or was corrected meanwhile', async () => {
  for (const [name, text] of Object.entries({ 'same.csv': 'abc', 'corrected.csv': 'xyz', 'new.csv': 'new' })) write(name, text)
  const watched = watchFolder(folder)
  const existing = new Map([
    ['orders/day=1/same.csv', object('abc')],
    ['orders/day=1/corrected.csv', object('xyy')],
    ['orders/day=1/elsewhere.csv', object('abc')],
  ])
  expect(await watched.passOver(existing)).toBe(1)
  expect(await landed(watched)).toEqual(['corrected.csv', 'new.csv'])
})

it('names once what cannot land, and waits for none of it', async () => {
  const left: string[] = []
  const watched = watchFolder(folder, { onLeft: ({ path, why }) => left.push(`${path}: ${why}`) })
  execFileSync('mkfifo', [join(folder, 'orders', 'day=1', 'pipe.csv')])
  symlinkSync('nowhere.csv', join(folder, 'orders', 'day=1', 'link.csv'))
  write('a.csv', 'one')
  expect([...(await landed(watched)), ...(await landed(watched))]).toEqual(['a.csv'])
  expect(left).toEqual(['orders/day=1/link.csv: it is a link to nothing', 'orders/day=1/pipe.csv: it is a named pipe'])
  write('nowhere.csv', 'two')
  expect(await landed(watched)).toEqual(['link.csv', 'nowhere.csv'])
})

it('lands again what could not be landed', async () => {
  const watched = watchFolder(folder)
  write('a.csv', 'one')
  await watched.landReady(async () => {})
  const refused = watched.landReady(async () => {
    throw new Error('the disk is full')
  })
  await expect(refused).rejects.toThrow('the disk is full')
  expect(await landed(watched)).toEqual(['a.csv'])
})

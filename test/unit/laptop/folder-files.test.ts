import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyRegular, filesBelow, openRegular } from '../../../laptop/pipeline/state/folder-files.ts'
import { uploadFolder } from '../../../laptop/pipeline/state/object-folders.ts'
import { root } from '../../../setup/places.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const place = (path: string) => join(folder, path)
const put = (path: string, text = 'x') => {
  mkdirSync(dirname(place(path)), { recursive: true })
  writeFileSync(place(path), text)
}
const left = async () => Object.fromEntries((await filesBelow(folder)).left.map(({ path, why }) => [path, why]))
const taken = async () => (await filesBelow(folder)).files.map(({ path }) => path)

it('takes files and links to files, and names everything else', async () => {
  put('a.csv')
  put('orders/b.csv', 'abc')
  symlinkSync('orders/b.csv', place('link.csv'))
  symlinkSync('orders', place('link-to-folder'))
  symlinkSync('nowhere.csv', place('dangling.csv'))
  symlinkSync('circle', place('circle'))
  symlinkSync('..', place('orders/up'))
  execFileSync('mkfifo', [place('pipe.csv')])
  symlinkSync('/dev/zero', place('zero.csv'))
  put('line\nfeed.csv')
  put('bell\x07/c.csv')
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), 'x')
  const socket = createServer()
  await new Promise<void>((resolve) => socket.listen(place('socket'), resolve))

  expect(await filesBelow(folder)).toMatchObject({
    files: [
      { path: 'a.csv', size: 1 },
      { path: 'link.csv', size: 3 },
      { path: 'orders/b.csv', size: 3 },
    ],
  })
  expect(await left()).toEqual({
    'bell\x07/c.csv': 'its name has control characters',
    circle: 'it is a link that leads in a circle',
    'dangling.csv': 'it is a link to nothing',
    'line\nfeed.csv': 'its name has control characters',
    'link-to-folder': 'it is a link to a folder',
    'orders/up': 'it is a link to a folder',
    'pipe.csv': 'it is a named pipe',
    socket: 'it is a socket',
    'zero.csv': 'it is a device',
    '\ufffd\ufffd': 'its name is not UTF-8, or it no longer exists',
  })
  socket.close()
})

it('names files and folders that the user may not read', async () => {
  put('a.csv')
  put('secret.csv')
  put('closed/b.csv')
  chmodSync(place('secret.csv'), 0o000)
  chmodSync(place('closed'), 0o000)
  chmodSync(folder, 0o755)
  const script = `import { filesBelow } from ${JSON.stringify(join(root, 'laptop', 'pipeline', 'state', 'folder-files.ts'))}
    process.stdout.write(JSON.stringify(await filesBelow(${JSON.stringify(folder)})))`
  // As a user who may not do everything, where the tests run as one who may.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const words = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script]
  const seen = JSON.parse(execFileSync(process.execPath, words, { ...user, cwd: '/', encoding: 'utf8', env: { TSX_DISABLE_CACHE: '1' } }))
  expect(seen).toMatchObject({
    files: [{ path: 'a.csv' }],
    left: [
      { path: 'closed', why: 'you may not read it' },
      { path: 'secret.csv', why: 'you may not read it' },
    ],
  })
})

it('names a path that is too long for a key', async () => {
  put(`${Array.from({ length: 5 }, () => 'x'.repeat(203)).join('/')}/f.csv`)
  put(`${Array.from({ length: 5 }, () => 'y'.repeat(202)).join('/')}/f.csv`)
  expect([(await taken()).length, Object.values(await left())]).toEqual([1, ['its path is longer than 1020 bytes']])
})

it('does not wait for a file that became a pipe', async () => {
  execFileSync('mkfifo', [place('pipe')])
  await expect(openRegular(place('pipe'))).rejects.toThrow('is not a regular file any more')
  await expect(copyRegular(place('pipe'), place('copy'))).rejects.toThrow('is not a regular file any more')
})

it('copies what a link leads to, for the user alone', async () => {
  put('a.csv', 'abc')
  symlinkSync('a.csv', place('link.csv'))
  await copyRegular(place('link.csv'), place('copies/link.csv'))
  expect([readFileSync(place('copies/link.csv'), 'utf8'), statSync(place('copies/link.csv')).mode & 0o777]).toEqual(['abc', 0o600])
})

it('fails by name when a file becomes shorter while it is sent', async () => {
  put('large.csv')
  truncateSync(place('large.csv'), 20_000_000)
  // A service that takes its time: the file is cut meanwhile.
  const send = async ({ input: { Body } }: { input: { Body: AsyncIterable<Buffer> } }) => {
    let bytes = 0
    for await (const chunk of Body) {
      if (bytes === 0) truncateSync(place('large.csv'), 10_000_000)
      bytes += chunk.length
    }
    return bytes
  }
  await expect(uploadFolder({ send } as unknown as S3Client, folder, 'raw', 'raw/')).rejects.toThrow(/large\.csv became shorter/)
})

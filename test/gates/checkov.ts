// The security gate of `npm run check`: checkov over the packaged templates. What it finds and infra/exceptions.yml does not
// give a reason for fails; so does an exception that nothing needs any more. Installed on first use, in a folder of its own
// (290 MB): nothing but this gate needs it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { parse } from 'yaml'
import { readPackage } from '../../infra/packaged.ts'
import { packageOnce } from '../../laptop/pipeline/deploy/package-once.ts'
import { python, root, stateFolder } from '../../setup/places.mjs'

const VERSION = '3.3.30'
const folder = join(stateFolder, `checkov-${VERSION}`)
const say = (line: string) => process.stderr.write(`checkov: ${line}\n`)

interface Report {
  results: { failed_checks: { check_id: string; check_name: string; resource: string }[] }
}
interface Exception {
  check: string
  why: string
}

if (!existsSync(join(folder, 'ready'))) {
  say(`installing ${VERSION} (290 MB, once)`)
  await execa(python, ['-m', 'venv', folder])
  await execa(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `checkov==${VERSION}`], {
    stdio: 'inherit',
  })
  await execa('touch', [join(folder, 'ready')])
}

const { files } = readPackage(await packageOnce())
const arguments_ = ['--framework', 'cloudformation', '--skip-download', '--quiet', '--compact', '--output', 'json']
const { stdout } = await execa(join(folder, 'bin', 'checkov'), [...arguments_, ...Object.keys(files).flatMap((file) => ['--file', file])], {
  cwd: root,
  reject: false,
})
const reports = [JSON.parse(stdout) as Report | Report[]].flat()
const failed = reports.flatMap(({ results }) => results.failed_checks)
const exceptions = (parse(readFileSync(join(root, 'infra', 'exceptions.yml'), 'utf8')) as { checkov: Exception[] }).checkov
const justified = new Set(exceptions.map(({ check }) => check))

const unexplained = failed.filter(({ check_id }) => !justified.has(check_id))
const needless = exceptions.filter(({ check }) => !failed.some(({ check_id }) => check_id === check))
for (const { check_id, check_name, resource } of unexplained) say(`${check_id} ${resource}: ${check_name}`)
for (const { check } of needless) say(`infra/exceptions.yml still excuses ${check}, which nothing fails`)
if (unexplained.length + needless.length > 0) process.exit(1)
say(`clean; ${failed.length} findings are excused by ${exceptions.length} reasons in infra/exceptions.yml`)

// The report is tested in a real browser: Debian's, installed where there is none and it may be.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const BROWSERS = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The browser to test in, or undefined. */
export const findChromium = () => BROWSERS.find((path) => path !== '' && existsSync(path))

export function installChromium(say) {
  if (findChromium() || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  say('Installing chromium, to test the report in (apt-get)')
  const run = (...words) => spawnSync('apt-get', words, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  run('update', '-q')
  run('install', '-y', '-q', '--no-install-recommends', 'chromium')
  if (!findChromium()) say('chromium could not be installed with apt-get; the tests of the report will fail')
}

import { type Browser, chromium } from 'playwright-core'
import { findChromium, installChromium } from './install-chromium.mjs'

/** The browser that tests look with. @throws when there is none and none can be installed */
export async function launchChromium(...args: string[]): Promise<Browser> {
  installChromium((line) => process.stderr.write(`${line}\n`))
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium to test in: apt-get install chromium, or set CHROMIUM_PATH')
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...args] })
}

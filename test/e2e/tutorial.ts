import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { root } from '../../setup/places.mjs'

// Each block starts Spark, on machines that may be busy.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 60_000 })

const page = readFileSync(join(root, 'docs', 'tutorial.md'), 'utf8')
const SECTIONS = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    commands: blocks(section, 'sh').join('\n'),
    output: blocks(section, 'text').flatMap((block) => block.trimEnd().split('\n')),
  }))
  .filter(({ commands }) => commands !== '')

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block]) => block ?? '')
}

/** Makes a test of each step of docs/tutorial.md, up to the one whose title begins so. Returns the folder in which they work. */
export function followTutorial({ last = '' } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tutorial-'))
  beforeAll(() => {
    // As npm links the command in the clone.
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true })
    symlinkSync(join(root, 'cli', 'sluice.mjs'), join(folder, 'node_modules', '.bin', 'sluice'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(SECTIONS.slice(0, 1 + SECTIONS.findLastIndex(({ title }) => title.startsWith(last))))(
    'step $title does what the page says',
    async ({ commands, output }) => {
      const run = await execa('bash', ['-e', '-o', 'pipefail', '-c', commands], { cwd: folder, all: true, reject: false })
      expect(run.exitCode, run.all).toBe(0)
      for (const line of output) expect(run.all).toContain(line)
    },
  )
  return folder
}

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { buildModel } from '../../../../cli/report/model/build-model.ts'
import { share } from '../../../../cli/report/page/words.ts'
import { inScript, renderPage } from '../../../../cli/report/page.ts'
import { HOSTILE, NOW, syntheticDataset } from '../../../browser/synthetic-facts.ts'

const model = buildModel([syntheticDataset('orders', 3)], { kind: 'folder', name: HOSTILE }, NOW)

describe('the page', () => {
  it('holds the model in a form that nothing in it can end', () => {
    const text = inScript(model)
    expect(text).not.toMatch(/[<>&\u2028\u2029]/)
    expect(JSON.parse(text)).toEqual(model)
  })

  it('allows exactly its own script and style', async () => {
    const html = await renderPage(model)
    const policy = html.match(/Content-Security-Policy" content="([^"]*)"/)?.[1] ?? ''
    const hashOf = (tag: string) =>
      createHash('sha256')
        .update(html.match(new RegExp(`<${tag}>([^]*?)</${tag}>`))?.[1] ?? '')
        .digest('base64')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src 'sha256-${hashOf('script')}'`)
    expect(policy).toContain(`style-src 'sha256-${hashOf('style')}'`)
    expect(policy).toContain("connect-src 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it('may ask its own server when it is live', async () => {
    expect(await renderPage(model, 'a1.0')).toContain("connect-src 'self'")
  })
})

it.each([
  [0, '0%'],
  [1, '100%'],
  [0.0000001, '<0.001%'],
  [0.99999, '>99.9%'],
  [0.0312, '3.1%'],
  [0.169, '16.9%'],
])('a share of %d reads %s: never nothing for something, or all for less', (part, text) => {
  expect(share(part)).toBe(text)
})

import { h } from './dom.ts'
import { ago, time } from './words.ts'

const RENEWED_MS = 30_000

/** How long ago, in words that grow with the time; the instant itself is its tooltip. */
export const age = (iso: string, now: number) => h('time', { datetime: iso, title: `${time(iso)} UTC` }, ago(iso, now))

/** Ages change with time: the page updates each one in place, so that you keep your scroll position. */
export function renewAges(): void {
  setInterval(() => {
    for (const each of document.querySelectorAll<HTMLTimeElement>('#page time')) {
      const text = ago(each.dateTime, Date.now())
      if (each.textContent !== text) each.textContent = text
    }
  }, RENEWED_MS)
}

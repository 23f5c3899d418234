import { h } from './dom.ts'
import { ago, time } from './words.ts'

const RENEWED_MS = 30_000

/** How long ago, in words that grow with the time; the instant itself is its tooltip. */
export const age = (iso: string, now: number) => h('time', { datetime: iso, title: `${time(iso)} UTC` }, ago(iso, now))

/** "just now" is soon no longer true: every age on the page is told anew, in place, so that nobody loses their place. */
export function renewAges(): void {
  setInterval(() => {
    for (const each of document.querySelectorAll<HTMLTimeElement>('#page time')) {
      const text = ago(each.dateTime, Date.now())
      if (each.textContent !== text) each.textContent = text
    }
  }, RENEWED_MS)
}

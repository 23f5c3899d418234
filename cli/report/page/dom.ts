type Child = Node | string | number | null | undefined | false
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>

const SVG = 'http://www.w3.org/2000/svg'
const SVG_TAGS = new Set(['svg', 'rect', 'line', 'circle', 'path', 'g', 'title'])

/**
 * An element with attributes and children. Text is always text, so that no value of the data can become markup; `--names` are
 * CSS variables; functions listen to the event that they are named for.
 */
export function h<T extends Element = HTMLElement>(tag: string, attributes: Attributes = {}, ...children: Child[]): T {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (typeof value === 'function') element.addEventListener(name, value as unknown as EventListener)
    else if (name.startsWith('--')) (element as HTMLElement).style.setProperty(name, String(value))
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child instanceof Node ? child : String(child))
  }
  return element as unknown as T
}

/** Arrow keys move among the elements of a composite; one of them at a time is in the tab order. */
export function roving(container: HTMLElement, selector: string, step: (key: string) => number | undefined): void {
  const all = () => [...container.querySelectorAll<HTMLElement>(selector)]
  const hold = (chosen: HTMLElement | undefined) => {
    for (const each of all()) each.tabIndex = each === chosen ? 0 : -1
  }
  hold(all().at(-1))
  container.addEventListener('focusin', (event) => {
    const chosen = (event.target as HTMLElement).closest<HTMLElement>(selector)
    if (chosen) hold(chosen)
  })
  container.addEventListener('keydown', (event) => {
    const cells = all()
    const at = cells.indexOf(document.activeElement as HTMLElement)
    const move = event.key === 'Home' ? -at : event.key === 'End' ? cells.length - 1 - at : step(event.key)
    if (at === -1 || move === undefined) return
    event.preventDefault()
    cells[Math.max(0, Math.min(cells.length - 1, at + move))]?.focus()
  })
}

// What every part of the page is made of. Runs in a browser, so it knows no module of ours.
const count = new Intl.NumberFormat('en')
const percent = (rate) => (rate === null ? '' : `${Number((rate * 100).toPrecision(3))}%`)
const style = getComputedStyle(document.documentElement)
const colour = (name) => style.getPropertyValue(`--${name}`).trim()

/** Elements by hand: text is always text, never markup from somebody's data. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') made.addEventListener('click', value)
    else if (value !== undefined) made.setAttribute(key, value)
  }
  made.append(...children.filter((child) => child !== undefined && child !== null))
  return made
}

function duration(seconds) {
  if (seconds === null) return ''
  const units = [
    [86400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ]
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, 's']
  return `${Math.floor(seconds / size)} ${unit}`
}

function table(caption, heads, numbers, rows) {
  const head = element(
    'tr',
    {},
    ...heads.map((text, index) => element('th', { scope: 'col', class: numbers.includes(index) ? 'number' : undefined }, text)),
  )
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    element('table', {}, element('caption', {}, caption), element('thead', {}, head), element('tbody', {}, ...rows)),
  )
}

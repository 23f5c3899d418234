/** Text that is HTML already. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | null | undefined | false | Part[]

/** HTML with every value in it escaped, unless it is HTML itself. */
export function html(texts: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(texts.reduce((all, text, index) => all + asText(values[index - 1]) + text))
}

function asText(value: Part): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(asText).join('')
  if (value === null || value === undefined || value === false) return ''
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** By their names in an ItemReader's CSVDelimiter. */
export const DELIMITERS: Record<string, string> = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' }

/** RFC 4180 with a chosen delimiter: quoted fields may hold delimiters, doubled quotes and line breaks. */
export function parseCsv(text: string, delimiter: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let field = ''
  let quoted = false
  let started = false
  const endField = () => {
    row.push(field)
    field = ''
    started = false
  }
  const endRow = () => {
    endField()
    // A line with nothing on it is no row; a line of delimiters is a row of empty values.
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  const source = text.replace(/^\uFEFF/, '')
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string
    if (quoted) {
      if (char !== '"') field += char
      else if (source[i + 1] === '"') field += source[++i]
      else quoted = false
    } else if (char === '"' && !started) {
      quoted = started = true
    } else if (char === delimiter) {
      endField()
    } else if (char === '\n' || char === '\r') {
      if (char === '\r' && source[i + 1] === '\n') i++
      endRow()
    } else {
      field += char
      started = true
    }
  }
  if (started || field !== '' || row.length > 0) endRow()
  return rows
}

import { parse } from 'csv-parse/sync'

/** By their names in an ItemReader's CSVDelimiter. */
export const DELIMITERS: Record<string, string> = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' }

/** Rows of RFC 4180 text with a chosen delimiter. Rows may differ in width; a line with nothing on it is no row. */
export function parseCsv(text: string, delimiter: string): string[][] {
  return parse(text, {
    delimiter,
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    // The service takes a quote inside an unquoted field for a character.
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  })
}

import { expect, it } from 'vitest'
import { looksLikeCsv } from '../../../laptop/glue/classify.ts'

it.each<[string, string, boolean]>([
  ['a header and two rows', 'id,amount\n1,2\n3,4\n', true],
  ['a header and one row', 'id,amount\n1,2\n', false],
  ['one column', 'id\n1\n2\n3\n', false],
  ['a delimiter of the built-in classifier', 'id;amount\r\n1;2\r\n3;4', true],
  ['a delimiter that it does not know', 'id~amount\n1~2\n3~4\n', false],
  ['nothing', '', false],
])('a crawl classifies %s as AWS does', (_, text, classified) => expect(looksLikeCsv(text)).toBe(classified))

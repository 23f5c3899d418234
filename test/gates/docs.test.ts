import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { contractJsonSchema } from '../../cli/contract-schema.ts'
import { existingDoc, generatedDocs } from '../../cli/write-docs.ts'
import { root } from '../../setup/places.mjs'

it.each(Object.entries(await generatedDocs()))('docs/%s is what npm run docs makes', (file, content) => {
  expect(existingDoc(file)).toBe(content)
})

it('docs/contract.md describes every field that a contract may have', () => {
  const page = readFileSync(join(root, 'docs', 'contract.md'), 'utf8')
  const { properties } = contractJsonSchema() as { properties: Record<string, { properties?: Record<string, unknown> }> }
  const fields = Object.entries(properties).flatMap(([name, { properties: inner }]) => (inner ? Object.keys(inner) : [name]))
  expect(fields.filter((field) => !new RegExp(`\`(\\w+\\.)?${field}\``).test(page))).toEqual([])
})

import { beforeAll, describe, expect, it } from 'vitest'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import type { Value } from '../../infra/packaging/template/template.ts'
import { packagedService, places, propertiesOf } from './template.ts'

// The package is that of stage `dev`. Stages of one account may begin with each other's names, and with names of resources.
const OTHER_STAGES = ['dev-2', 'dev-raw', 'dev-ingest', 'dev-sales']

let texts: string[]
let names: string[]
beforeAll(async () => {
  const { resources } = await packagedService()
  texts = [...places(resolved(resources as unknown as Value, resources) as Value)].filter((text) => typeof text === 'string')
  names = Object.values(resources).flatMap((resource) =>
    Object.entries(propertiesOf(resource) ?? {}).flatMap(([key, value]) => {
      const name = /Name$/.test(key) ? resolved(value as Value, resources) : undefined
      // The dashboard is called like the stage, and no policy is about dashboards.
      return typeof name === 'string' && name.includes('sluice-dev') && name !== 'sluice-dev' ? [name] : []
    }),
  )
}, 120_000)

const inStage = (name: string, stage: string) => name.replace('sluice-dev', `sluice-${stage}`)
const asPattern = (text: string) => new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)

describe('what a stage may do', () => {
  it('matches nothing of a stage whose name begins with its own', () => {
    const patterns = texts.filter((text) => text.includes('*') && text.includes('sluice-dev') && text.length < 300)
    const matched = patterns.flatMap((text) => {
      const pattern = asPattern(text.slice(text.indexOf('sluice-dev')))
      const others = OTHER_STAGES.flatMap((stage) => names.map((name) => inStage(name, stage)))
      const named = others.map((name) => name.slice(name.indexOf('sluice-')))
      return named.filter((name) => [name, `${name}/x`, `${name}:x`].some((one) => pattern.test(one))).map((name) => `${text}: ${name}`)
    })
    expect(matched).toEqual([])
    expect(patterns.length).toBeGreaterThan(5)
  })

  it('is of resources that have another name in every other stage, buckets too', () => {
    const others = new Set(OTHER_STAGES.flatMap((stage) => names.map((name) => inStage(name, stage))))
    expect(names.filter((name) => others.has(name))).toEqual([])
    expect(names.some((name) => name.startsWith('sluice-dev-raw-'))).toBe(true)
  })
})

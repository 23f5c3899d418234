import { describe, expect, it } from 'vitest'
import { alertModels } from '../../../../cli/report/alerts/alert-model.ts'
import { alertMessage } from '../../../../functions/domain/alert/message.ts'

const alert = (dataset: string, kind: string) => ({
  kind,
  severity: 'warning' as const,
  stage: 'dev',
  dataset,
  message: `${dataset}: it is ${kind}`,
  next: ['npx --no-install sluice status --local'],
})
const begins = (dataset: string, kind: string) => alertMessage(alert(dataset, kind), { begins: kind }).json
const ends = (dataset: string, kinds: string[]) => alertMessage(alert(dataset, 'recovered'), { ends: kinds }).json

describe('alerts of a report', () => {
  it('are newest first, and carry the end that a later one reports', () => {
    const models = alertModels([
      { at: '2025-01-01T10:00:00.000Z', alert: begins('orders', 'late') },
      { at: '2025-01-01T10:00:00.000Z', alert: begins('customers', 'late') },
      { at: '2025-01-01T11:00:00.000Z', alert: ends('orders', ['late', 'quality-gate']) },
    ])
    expect(models.map(({ dataset, kind, overAt }) => [dataset, kind, overAt])).toEqual([
      ['orders', 'recovered', null],
      ['customers', 'late', null],
      ['orders', 'late', '2025-01-01T11:00:00.000Z'],
    ])
    expect(new Set(models.map(({ id }) => id)).size).toBe(3)
  })

  it('have the rows of a batch that published none', () => {
    const rows = { read: 10, written: 0, duplicates: 0, superseded: 0, quarantined: 3, unpublished: 7 }
    const { json } = alertMessage({ ...alert('orders', 'quality-gate'), rows })
    expect(alertModels([{ at: '2025-01-01T10:00:00.000Z', alert: json }])[0]?.rows).toEqual(rows)
  })

  it('include what CloudWatch publishes, which has a message alone', () => {
    const [model] = alertModels([{ at: '2025-01-01T10:00:00.000Z', alert: { kind: 'other', dataset: '', message: 'ALARM: dead letters' } }])
    expect(model).toMatchObject({ message: 'ALARM: dead letters', severity: 'warning', next: [], rows: null })
  })
})

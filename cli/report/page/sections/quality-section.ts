import type { DatasetModel, RuleModel } from '../../model/model.ts'
import { observedLine } from '../charts/observed-line.ts'
import { h } from '../dom.ts'
import { count, plural, time } from '../words.ts'

const SHOWN = 40

/** Every DQDL rule with its last outcomes; the newest is on the right. */
export function qualitySection({ rules, batches }: DatasetModel): HTMLElement {
  const judged = batches.filter(({ quality }) => quality && quality.outcomes.length > 0)
  const shown = judged.slice(-SHOWN)
  // Failing rules come first: you look for them.
  const places = rules
    .map((_, place) => place)
    .sort((left, right) => (rules[right]?.failed ?? 0) - (rules[left]?.failed ?? 0) || left - right)
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'quality' },
    h(
      'div',
      { class: 'card-head' },
      h('h3', { id: 'quality' }, 'Quality rules'),
      h('p', { class: 'muted' }, judged.length === 0 ? '' : `last ${plural(shown.length, 'judgement')}, newest right`),
    ),
    rules.length === 0
      ? h('p', { class: 'muted' }, 'No rule has judged a batch yet.')
      : h('ul', { class: 'rules' }, ...places.map((place) => ruleLine(rules[place] as RuleModel, place, shown))),
  )
}

function ruleLine(rule: RuleModel, place: number, shown: DatasetModel['batches']): HTMLElement {
  const outcomes = shown.map((batch) => ({ batch, outcome: batch.quality?.outcomes.find((each) => each.rule === place) }))
  const last = outcomes.findLast(({ outcome }) => outcome !== undefined)?.outcome
  return h(
    'li',
    {},
    h(
      'span',
      {
        class: `dot ${last?.passed === false ? 'failed' : 'succeeded'}`,
        role: 'img',
        'aria-label': last?.passed === false ? 'fails:' : 'passes:',
      },
      last?.passed === false ? '✕' : '✓',
    ),
    h('code', {}, rule.rule),
    h(
      'span',
      { class: 'history' },
      h<SVGElement>(
        'svg',
        {
          viewBox: `0 0 ${outcomes.length * 5} 14`,
          width: outcomes.length * 4,
          class: 'strip',
          role: 'img',
          'aria-label': `${count(rule.passed)} passed, ${count(rule.failed)} failed`,
        },
        ...outcomes.map(({ batch, outcome }, index) => {
          const x = index * 5
          const state = outcome === undefined ? 'none' : outcome.passed ? 'succeeded' : 'failed'
          // A failure is taller as well as red.
          const y = state === 'failed' ? 0 : 4
          return h(
            'rect',
            { class: state, x, y, width: 4, height: 14 - y, rx: 1 },
            h(
              'title',
              {},
              `${time(batch.startedAt)}: ${state === 'none' ? 'not judged' : state === 'failed' ? (outcome?.message ?? 'failed') : 'passed'}`,
            ),
          )
        }),
      ),
    ),
    observedLine(rule.rule, place, shown),
    rule.failed > 0 && h('span', { class: 'muted' }, `failed ${count(rule.failed)} of ${count(rule.failed + rule.passed)}`),
    last?.passed === false && h('p', { class: 'bad' }, last.message ?? 'failed'),
  )
}

import type { AlertModel } from '../../alerts/alert-model.ts'
import { h } from '../dom.ts'
import type { Actions, View } from '../view.ts'
import { count, SEVERITY_SIGNS, time } from '../words.ts'

const SHOWN = 5

/** What people were told, newest first; each opens as a page of its own. */
export function alertsSection({ model, allAlerts }: View, actions: Actions): HTMLElement | null {
  const alerts = model.alerts ?? []
  if (alerts.length === 0) return null
  const shown = allAlerts ? alerts : alerts.slice(0, SHOWN)
  const open = alerts.filter(({ kind, overAt, severity }) => kind !== 'recovered' && severity !== 'info' && overAt === null).length
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'alerts' },
    h(
      'div',
      { class: 'card-head' },
      h('h2', { id: 'alerts', class: 'small' }, 'Alerts'),
      h('p', { class: 'muted' }, `${count(open)} not over`),
    ),
    alertList(shown, actions),
    shown.length < alerts.length &&
      h(
        'button',
        { type: 'button', class: 'more', 'data-key': 'all alerts', click: () => actions.change({ allAlerts: true }) },
        `Show all ${count(alerts.length)} alerts`,
      ),
  )
}

export const alertList = (alerts: AlertModel[], actions: Actions) =>
  h('ul', { class: 'alerts' }, ...alerts.map((alert) => h('li', {}, alertLine(alert, actions))))

function alertLine({ id, at, dataset, kind, severity, message, overAt }: AlertModel, actions: Actions): HTMLElement {
  return h(
    'button',
    { type: 'button', class: 'alert', 'data-key': `alert ${id}`, click: () => actions.openAlert(id) },
    h('span', { class: `badge ${severity}` }, h('span', { 'aria-hidden': true }, SEVERITY_SIGNS[severity]), ` ${kind}`),
    h('span', { class: 'muted' }, `${time(at)}${overAt === null ? '' : `, over at ${time(overAt)}`}`),
    h('span', { class: 'message' }, dataset === '' || message.startsWith(dataset) ? message : `${dataset}: ${message}`),
  )
}

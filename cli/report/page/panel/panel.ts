import { h } from '../dom.ts'
import { type Actions, chosenDataset, type View } from '../view.ts'
import { alertContent } from './alert-panel.ts'
import { batchContent } from './batch-dialog.ts'

let dialog: HTMLDialogElement | undefined

/** Opens, renews or closes the panel beside the page: the alert or the batch that the view has chosen. */
export function showPanel(view: View, actions: Actions): void {
  const content = contentOf(view, actions)
  if (content === undefined) return dialog?.close()
  if (!dialog) {
    dialog = h<HTMLDialogElement>('dialog', { class: 'panel', 'aria-labelledby': 'panel-name' })
    dialog.addEventListener('close', () => actions.change({ batchId: null, alertId: null }))
    // A click beside the panel is on the dialog itself: its content fills it.
    dialog.addEventListener('click', (event) => event.target === dialog && dialog?.close())
    document.body.append(dialog)
  }
  const close = h('button', { type: 'button', class: 'close', 'aria-label': 'Close', click: () => dialog?.close() }, '✕')
  dialog.replaceChildren(h('div', { class: 'panel-body' }, close, ...content))
  if (!dialog.open) dialog.showModal()
}

function contentOf(view: View, actions: Actions): (HTMLElement | null)[] | undefined {
  const dataset = chosenDataset(view)
  const alerts = view.model.alerts ?? []
  const alert = alerts.find(({ id }) => id === view.alertId)
  if (alert) return alertContent(alert, dataset, actions)
  const batch = dataset?.batches.find(({ batchId }) => batchId === view.batchId)
  if (dataset && batch) return batchContent(batch, dataset, alerts, actions)
  return view.batchId === null && view.alertId === null ? undefined : missing(view)
}

// A link may be older than the report goes back, or of another pipeline.
function missing({ batchId, alertId }: View): HTMLElement[] {
  return [
    h('h2', { id: 'panel-name' }, batchId ?? `Alert ${alertId}`),
    h(
      'p',
      {},
      `This report does not have ${batchId === null ? 'this alert' : 'this batch'}. It may be too old for it, or the link is for another report.`,
    ),
  ]
}

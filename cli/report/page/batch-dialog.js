/* global element, table, count, duration */
function batchLink(batch) {
  return element('button', { class: 'batch-link', onclick: () => showBatch(batch) }, batch.batchId)
}

/** Everything about one batch, with what to do next. */
function showBatch(batch) {
  const dialog = element('dialog', { 'aria-label': `Batch ${batch.batchId}` })
  const lines = Object.entries({
    Status: batch.status,
    Source: batch.source,
    Started: batch.startedAt,
    Took: duration(batch.seconds),
    'Cost, estimated': batch.dollars === null ? '' : `$${batch.dollars.toFixed(2)}`,
    Error: batch.error ?? '',
  }).filter(([, value]) => value !== '')
  const longest = Math.max(1, ...Object.values(batch.steps))
  const steps = Object.entries(batch.steps).map(([step, seconds]) =>
    element(
      'tr',
      {},
      element('td', {}, step.replace(/Seconds$/, '')),
      element('td', { class: 'number' }, `${seconds.toFixed(1)} s`),
      element('td', {}, element('span', { class: 'bar', style: `width: ${(200 * seconds) / longest}px`, 'aria-hidden': 'true' })),
    ),
  )
  const reasons = Object.entries(batch.quarantinedByRule).map(([reason, rows]) =>
    element('tr', {}, element('td', {}, reason), element('td', { class: 'number' }, count.format(rows))),
  )
  const rules = batch.rules.map(({ rule, outcome, message }) =>
    element(
      'tr',
      {},
      element('td', { class: 'wide' }, rule),
      element('td', { class: outcome === 'PASSED' ? 'good' : 'bad' }, outcome),
      element('td', { class: 'wide' }, message ?? ''),
    ),
  )
  const next = batch.status === 'failed' ? `npx sluice redrive ${batch.batchId}` : `npx sluice quarantine show ${batch.dataset}`
  dialog.append(
    element('h2', {}, batch.batchId),
    element(
      'dl',
      { class: 'facts' },
      ...lines.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
    ),
  )
  if (steps.length > 0) dialog.append(table('Run, step by step', ['Step', 'Took', ''], [1], steps))
  if (reasons.length > 0) dialog.append(table('Set aside', ['Reason', 'Rows'], [1], reasons))
  for (const file of batch.quarantineFiles) dialog.append(element('p', { class: 'soft' }, file))
  if (rules.length > 0) dialog.append(table('Quality rules', ['Rule', 'Outcome', 'Message'], [], rules))
  dialog.append(
    element('p', {}, 'Go on with: ', element('code', {}, next)),
    element('form', { method: 'dialog' }, element('button', {}, 'Close')),
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

// Rows that can be ticked: one box for all that are shown, how many are, and a range with Shift.
const boxes = (form) => [...form.querySelectorAll('input[name=id]')]
let last = null

function count(form) {
  const ticked = boxes(form).filter((box) => box.checked).length
  const all = form.querySelector('[data-all]')
  const words = form.querySelector('[data-selected]')
  if (words) words.textContent = all?.checked ? 'All' : String(ticked)
  for (const box of form.querySelectorAll('[data-tick-all]')) {
    box.checked = ticked > 0 && ticked === boxes(form).length
    box.indeterminate = ticked > 0 && !box.checked
  }
  if (ticked === 0 && all) all.checked = false
}

document.addEventListener('click', (event) => {
  const box = event.target
  if (!(box instanceof HTMLInputElement) || box.name !== 'id' || !box.form) return
  if (event.shiftKey && last?.form === box.form) {
    const all = boxes(box.form)
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b)
    for (const one of all.slice(from, to + 1)) one.checked = box.checked
  }
  last = box
})
document.addEventListener('change', (event) => {
  const box = event.target
  if (!(box instanceof HTMLInputElement) || !box.form?.matches('.bulk')) return
  if (box.matches('[data-tick-all]')) for (const one of boxes(box.form)) one.checked = box.checked
  count(box.form)
})
document.addEventListener('reset', (event) =>
  setTimeout(() => event.target.matches('.bulk') && count(event.target)),
)
document.addEventListener('htmx:after:swap', (event) => {
  for (const form of document.querySelectorAll('form.bulk')) {
    // What was asked for is done: the selection is over, the rows stay.
    if (event.detail.ctx?.request?.method === 'POST' && event.detail.ctx.sourceElement === form) form.reset()
    count(form)
  }
})
// Enter in a field of a menu presses the button beside it. Without scripts it does nothing: the first button of
// such a form is off.
document.addEventListener('keydown', (event) => {
  const field = event.key === 'Enter' && event.target instanceof HTMLInputElement && event.target
  const button = field && field.closest('.item-field')?.querySelector('button')
  if (!button) return
  event.preventDefault()
  button.click()
})

// Only one menu is open at a time, and a tap beside it or on its "Cancel" closes it.
document.addEventListener('click', (event) => {
  const cancel = event.target instanceof Element && event.target.closest('[data-close]')
  const cancelled = cancel && cancel.closest('details.menu')
  if (cancelled) {
    cancelled.open = false
    cancelled.querySelector('summary')?.focus()
  }
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!(event.target instanceof Node) || !menu.contains(event.target)) menu.open = false
  }
})

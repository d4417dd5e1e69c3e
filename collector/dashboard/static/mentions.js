// Names after an @ in a comment complete themselves: arrows and Enter or Tab, or a tap. Without this file one writes
// the name in full.
let asked = null

const isField = (target) => target instanceof HTMLTextAreaElement && target.matches('[data-mention] textarea')
const listOf = (field) => field.parentElement.querySelector('.completion')
const optionsOf = (field) => [...listOf(field).querySelectorAll('[role=option]')]

function begin(field) {
  if (field.getAttribute('role') === 'combobox') return
  field.setAttribute('role', 'combobox')
  field.setAttribute('aria-autocomplete', 'list')
  field.setAttribute('aria-controls', listOf(field).id)
  field.setAttribute('aria-expanded', 'false')
}

/** What stands after the @ before the caret, and where; null: no name is being written. */
function typedIn(field) {
  if (field.selectionStart !== field.selectionEnd) return null
  const before = field.value.slice(0, field.selectionStart)
  const found = /(?:^|[\s(,])@([\p{L}\p{N}._-]{0,60})$/u.exec(before)
  return found && { text: found[1], from: before.length - found[1].length }
}

function choose(field, index) {
  const options = optionsOf(field)
  for (const [place, option] of options.entries())
    option.setAttribute('aria-selected', String(place === index))
  field.setAttribute('aria-activedescendant', options[index]?.id ?? '')
}

function close(field) {
  asked = null
  listOf(field).hidden = true
  listOf(field).replaceChildren()
  field.setAttribute('aria-expanded', 'false')
  field.removeAttribute('aria-activedescendant')
}

async function complete(field) {
  const name = typedIn(field)
  if (!name) return close(field)
  const address = `${field.parentElement.dataset.mention}?${new URLSearchParams({ q: name.text })}`
  asked = address
  const answer = await fetch(address).catch(() => null)
  // Only the answer to the last question counts, and only while somebody is still there.
  if (asked !== address || document.activeElement !== field) return
  if (!answer?.ok) return close(field)
  const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const list = listOf(field)
  list.replaceChildren(...parsed.body.childNodes)
  list.hidden = optionsOf(field).length === 0
  field.setAttribute('aria-expanded', String(!list.hidden))
  if (!list.hidden) choose(field, 0)
}

function take(field, option) {
  const name = typedIn(field)
  if (name) field.setRangeText(`${option.dataset.name} `, name.from, field.selectionStart, 'end')
  close(field)
  field.focus()
}

document.addEventListener('focusin', ({ target }) => isField(target) && begin(target))
document.addEventListener('focusout', ({ target }) => isField(target) && close(target))
document.addEventListener('input', ({ target }) => isField(target) && void complete(target))
// Before the keys of the page: Esc closes the list, and only a second one leaves the field.
document.addEventListener('keydown', (event) => {
  const field = event.target
  if (!isField(field) || listOf(field).hidden || event.isComposing) return
  const options = optionsOf(field)
  const chosen = options.findIndex((option) => option.getAttribute('aria-selected') === 'true')
  if (event.key === 'ArrowDown') choose(field, (chosen + 1) % options.length)
  else if (event.key === 'ArrowUp') choose(field, (chosen + options.length - 1) % options.length)
  else if (event.key === 'Enter' || event.key === 'Tab') take(field, options[Math.max(0, chosen)])
  else if (event.key === 'Escape') close(field)
  else return
  event.preventDefault()
})
const optionOf = (target) =>
  target instanceof Element ? target.closest('[data-mention] [role=option]') : null
// The field keeps the focus, and a phone its keyboard.
document.addEventListener('mousedown', (event) => optionOf(event.target) && event.preventDefault())
document.addEventListener('click', ({ target }) => {
  const option = optionOf(target)
  if (option) take(option.closest('[data-mention]').querySelector('textarea'), option)
})

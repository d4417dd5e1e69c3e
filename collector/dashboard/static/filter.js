// Filter fields: chips behind the text, completion below it, and sending by itself once a token is finished.
// Without this file the field is a plain one and Enter sends it.
let waiting
let asked

const fieldOf = (input) => input.closest('.filter-field')

/** Draws the tokens behind the text, as the server did for what it was sent. */
function drawChips(input) {
  const chips = fieldOf(input)?.querySelector('.chips')
  if (!chips) return
  chips.replaceChildren()
  let at = 0
  for (const match of input.value.matchAll(/(?:[^\s"]|"[^"]*"|"[^"]*$)+/g)) {
    chips.append(input.value.slice(at, match.index))
    const [raw] = match
    const [, key, value] = /^(!?[a-z][\w.-]*:)(?!\/\/)(.+)$/is.exec(raw) ?? []
    if (key === undefined) chips.append(raw)
    else {
      const chip = document.createElement('span')
      chip.className = 'chip'
      const name = document.createElement('i')
      name.textContent = key
      chip.append(name, value)
      chips.append(chip)
    }
    at = match.index + raw.length
  }
  chips.append(input.value.slice(at))
  chips.scrollLeft = input.scrollLeft
}

function close(input) {
  const list = fieldOf(input)?.querySelector('.completion')
  if (!list) return
  list.hidden = true
  list.replaceChildren()
  input.setAttribute('aria-expanded', 'false')
  input.removeAttribute('aria-activedescendant')
}

async function complete(input) {
  const field = fieldOf(input)
  const list = field?.querySelector('.completion')
  if (!list || !field.dataset.complete) return
  const address = `${field.dataset.complete}?${new URLSearchParams({ q: input.value, at: input.selectionStart })}`
  asked = address
  const answer = await fetch(address).catch(() => null)
  // Only the answer to the last question counts, and only while somebody is still there.
  if (!answer?.ok || asked !== address || document.activeElement !== input) return
  const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html')
  // What is selected stays so when the list is drawn anew under somebody's hands.
  const selected = list.querySelector('[aria-selected=true]')?.dataset.text
  list.replaceChildren(...parsed.body.childNodes)
  const options = [...list.querySelectorAll('[role=option]')]
  list.hidden = options.length === 0
  input.setAttribute('aria-expanded', String(options.length > 0))
  mark(
    input,
    options,
    options.findIndex((option) => option.dataset.text === selected),
  )
}

/** Selects one option, or none (-1). */
function mark(input, options, chosen) {
  for (const [index, option] of options.entries())
    option.setAttribute('aria-selected', String(index === chosen))
  if (chosen < 0) input.removeAttribute('aria-activedescendant')
  else input.setAttribute('aria-activedescendant', options[chosen].id)
}

function select(input, step) {
  const options = [...fieldOf(input).querySelectorAll('[role=option]')]
  if (options.length === 0) return
  const now = options.findIndex((option) => option.getAttribute('aria-selected') === 'true')
  mark(input, options, (now + step + options.length + (now < 0 && step < 0 ? 1 : 0)) % options.length)
}

function take(input, option) {
  // What was typed before must not be sent, and the page drawn anew, while a value is chosen.
  clearTimeout(waiting)
  input.value = option.dataset.text
  input.setSelectionRange(Number(option.dataset.caret), Number(option.dataset.caret))
  close(input)
  drawChips(input)
  if (option.classList.contains('key')) void complete(input)
  else send(input)
}

function send(input) {
  clearTimeout(waiting)
  input.form?.requestSubmit()
}

document.addEventListener('input', (event) => {
  const input = event.target
  if (!(input instanceof HTMLInputElement) || !fieldOf(input)) return
  drawChips(input)
  clearTimeout(waiting)
  void complete(input)
  // A key without its value, or an open quote, is not finished.
  const isOpen = /:$/.test(input.value) || (input.value.match(/"/g)?.length ?? 0) % 2 === 1
  if (!isOpen) waiting = setTimeout(() => send(input), 300)
})
document.addEventListener('keydown', (event) => {
  const input = event.target
  if (!(input instanceof HTMLInputElement) || !fieldOf(input)) return
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    if (input.getAttribute('aria-expanded') === 'true') select(input, event.key === 'ArrowDown' ? 1 : -1)
    else void complete(input)
    event.preventDefault()
  }
  if (event.key === 'Enter' || event.key === 'Tab') {
    const chosen = fieldOf(input).querySelector('[role=option][aria-selected=true]')
    if (chosen) {
      event.preventDefault()
      take(input, chosen)
    } else if (event.key === 'Enter') {
      clearTimeout(waiting)
      close(input)
    }
  }
  if (event.key === 'Escape' && input.getAttribute('aria-expanded') === 'true') {
    event.stopPropagation()
    close(input)
  }
})
document.addEventListener('focusin', (event) => {
  if (event.target instanceof HTMLInputElement && fieldOf(event.target)) void complete(event.target)
})
document.addEventListener('focusout', (event) => {
  if (event.target instanceof HTMLInputElement && fieldOf(event.target))
    setTimeout(() => close(event.target), 150)
})
document.addEventListener('mousedown', (event) => {
  const option = event.target instanceof Element ? event.target.closest('.filter-field [role=option]') : null
  if (!option) return
  event.preventDefault()
  take(option.closest('.filter-field').querySelector('input'), option)
})
document.addEventListener(
  'scroll',
  (event) => {
    if (event.target instanceof HTMLInputElement && fieldOf(event.target)) {
      fieldOf(event.target).querySelector('.chips').scrollLeft = event.target.scrollLeft
    }
  },
  true,
)
// A choice beside the field sends at once; it may stand outside of the form.
document.addEventListener('change', (event) => {
  if (event.target instanceof Element && event.target.matches('[data-send]'))
    event.target.form?.requestSubmit()
})

// The command palette: Ctrl or ⌘ with K. What it lists comes from the server; the verbs are those that have a
// button on the page. Without scripts "Search or jump" is a page of its own.
const dialog = document.getElementById('palette')
let last
// What is listed answers this text; Enter before the answer is there waits for it.
let listed = null
let isTaking = false

async function load(text) {
  const id = /^\/issues\/(\d+)/.exec(location.pathname)?.[1] ?? ''
  const address = `/jump?${new URLSearchParams({ q: text, issue: id })}`
  last = address
  const answer = await fetch(address, { headers: { 'HX-Request-Type': 'partial' } }).catch(() => null)
  if (!answer?.ok || last !== address) return
  const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const results = dialog.querySelector('.palette-results')
  results.replaceChildren(...parsed.body.childNodes)
  for (const verb of results.querySelectorAll('[data-press]')) {
    if (!document.querySelector(`[data-key="${verb.dataset.press}"]`)) verb.remove()
  }
  choose(0)
  listed = text
  if (isTaking) take(options()[0])
}

const options = () => [...dialog.querySelectorAll('[role=option]')]

function choose(index) {
  const all = options()
  for (const [place, option] of all.entries()) option.setAttribute('aria-selected', String(place === index))
  all[index]?.scrollIntoView({ block: 'nearest' })
  dialog.querySelector('input').setAttribute('aria-activedescendant', all[index]?.id ?? '')
}

function take(option) {
  if (!option) return
  dialog.close()
  if (option.dataset.press) {
    const control = document.querySelector(`[data-key="${option.dataset.press}"]`)
    if (control instanceof HTMLDetailsElement) control.open = true
    else if (control?.matches('input, textarea')) control.focus()
    else control?.click()
  } else if (option.dataset.href) location.href = option.dataset.href
}

function open() {
  if (!dialog || dialog.open) return
  const field = document.createElement('div')
  field.className = 'palette-field'
  const sprite = document.body.dataset.sprite
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `${sprite}#search`)
  svg.append(use)
  const input = document.createElement('input')
  input.setAttribute('role', 'combobox')
  input.setAttribute('aria-expanded', 'true')
  input.setAttribute('aria-controls', 'palette-results')
  input.setAttribute('aria-label', 'Search or jump')
  input.placeholder = 'Issue, project, page or what to do'
  input.maxLength = 200
  field.append(svg, input)
  const results = document.createElement('div')
  results.className = 'palette-results'
  results.id = 'palette-results'
  results.setAttribute('role', 'listbox')
  dialog.replaceChildren(field, results)
  let waiting
  input.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(() => void load(input.value), 80)
  })
  input.addEventListener('keydown', (event) => {
    const all = options()
    const now = all.findIndex((option) => option.getAttribute('aria-selected') === 'true')
    if (event.key === 'ArrowDown') choose(Math.min(all.length - 1, now + 1))
    else if (event.key === 'ArrowUp') choose(Math.max(0, now - 1))
    else if (event.key === 'Enter') {
      if (listed === input.value) take(all[now])
      else isTaking = true
    } else return
    event.preventDefault()
  })
  results.addEventListener('click', (event) => take(event.target.closest('[role=option]')))
  listed = null
  isTaking = false
  dialog.showModal()
  input.focus()
  void load('')
}

document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'k') {
    event.preventDefault()
    open()
  }
})
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('[data-palette]') : null
  if (!link || event.metaKey || event.ctrlKey) return
  event.preventDefault()
  open()
})

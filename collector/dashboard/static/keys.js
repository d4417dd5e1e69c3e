// Single keys: one moves with j and k, and each verb presses the button that is on the page for it, so a key
// never does what a button could not. They rest while one types or a dialog is open, and can be switched off.
const off = () => localStorage.getItem('postern-keys') === 'off'
const rows = () => [...document.querySelectorAll('[data-row]')].filter((row) => row.offsetParent !== null)
const places = {
  o: '/',
  i: '/issues',
  e: '/events',
  p: '/projects',
  v: '/releases',
  r: '/relays',
  s: '/settings',
}
let cursor = null
let isGoing = false

function current() {
  return rows().find((row) => row.id === cursor) ?? null
}

function moveTo(row) {
  for (const other of document.querySelectorAll('[data-cursor]')) other.removeAttribute('data-cursor')
  if (!row) return
  cursor = row.id
  sessionStorage.setItem(`postern-cursor ${location.pathname}`, row.id)
  row.setAttribute('data-cursor', '')
  row.querySelector('a[href]')?.focus({ preventScroll: true })
  row.scrollIntoView({ block: 'nearest' })
}

function step(by) {
  const all = rows()
  if (all.length === 0) return document.querySelector(by > 0 ? '[data-next]' : '[data-previous]')?.click()
  const at = all.findIndex((row) => row.id === cursor)
  moveTo(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))])
}

/** Presses what the page has for a verb: in the current row, for the selection, or on the page. */
function press(key) {
  const form = document.querySelector('form.bulk')
  if (form) {
    const box = current()?.querySelector('input[name=id]')
    const any = form.querySelector('input[name=id]:checked')
    const menu = form.querySelector(`[data-bulk-menu="${key}"]`)
    const button = form.querySelector(`[data-bulk="${key}"]`)
    if (!menu && !button) return false
    if (!any && box) box.click()
    else if (!any) return false
    if (menu) {
      menu.open = true
      menu.querySelector('select, button')?.focus()
    } else form.requestSubmit(button)
    return true
  }
  const scope = current() ?? (rows().length > 0 ? null : document)
  const control =
    scope?.querySelector(`[data-key="${key}"]`) ?? document.querySelector(`.actions [data-key="${key}"]`)
  if (!control) return false
  if (control instanceof HTMLDetailsElement) {
    control.open = true
    control.querySelector('select, input:not([type=hidden]), button, a')?.focus()
  } else if (control.matches('input, textarea')) control.focus()
  else control.click()
  return true
}

function tick(isRange) {
  const box = current()?.querySelector('input[name=id]')
  if (!box) return false
  box.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey: isRange }))
  return true
}

/** The switch stands in the list of keys: in the dialog, and on the list's own page. */
function showSwitch() {
  for (const choice of document.querySelectorAll('[data-keys-switch]')) choice.checked = !off()
}
showSwitch()
document.addEventListener('change', ({ target }) => {
  if (target instanceof HTMLInputElement && 'keysSwitch' in target.dataset)
    localStorage.setItem('postern-keys', target.checked ? 'on' : 'off')
})

function showKeys() {
  const dialog = document.getElementById('keys')
  if (!dialog) return
  void fetch('/keys', { headers: { 'HX-Request-Type': 'partial' } })
    .then((answer) => answer.text())
    .then((html) => {
      dialog.replaceChildren(...new DOMParser().parseFromString(html, 'text/html').body.childNodes)
      showSwitch()
      if (!dialog.open) dialog.showModal()
    })
}

const commands = {
  j: () => step(1),
  k: () => step(-1),
  Enter: () => current()?.querySelector('a[href]')?.click(),
  x: () => tick(false),
  X: () => tick(true),
  u: () => (current()?.querySelector('.undo') ?? document.querySelector('#toast .undo'))?.click(),
  '/': () => {
    const field = document.querySelector('.filter-field input')
    if (field) field.focus()
    else document.querySelector('[data-palette]')?.click()
  },
  '?': showKeys,
  f: () => {
    const folds = [...document.querySelectorAll('details.fold')]
    const isOpen = folds.every((fold) => fold.open)
    for (const fold of folds) fold.open = !isOpen
  },
  '[': () => document.getElementById('step-left')?.click(),
  ']': () => document.getElementById('step-right')?.click(),
  '{': () => document.getElementById('step-first')?.click(),
  '}': () => document.getElementById('step-last')?.click(),
}

function stepBack() {
  const open = document.querySelector('details.menu[open]')
  if (open) {
    open.open = false
    open.querySelector('summary')?.focus()
    return
  }
  const form = document.querySelector('form.bulk')
  if (form?.querySelector('input[name=id]:checked')) form.reset()
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
}

document.addEventListener('keydown', (event) => {
  const { target, key } = event
  if (event.defaultPrevented || event.isComposing) return
  const isTyping =
    target instanceof Element &&
    target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]')
  if (key === 'Escape' && !document.querySelector('dialog[open]')) return stepBack()
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return
  if (document.querySelector('dialog[open]') || (off() && key !== '?')) return
  if (isGoing) {
    isGoing = false
    if (places[key]) {
      event.preventDefault()
      location.href = places[key]
    }
    return
  }
  if (key === 'g') {
    isGoing = true
    setTimeout(() => {
      isGoing = false
    }, 1500)
    return
  }
  // Enter on something that can be pressed presses that.
  if (key === 'Enter' && target !== document.body) return
  const command = commands[key]
  if (command) {
    event.preventDefault()
    command()
  } else if (/^[a-z]$/.test(key) && press(key)) event.preventDefault()
})

// Where one was in a list, after coming back to it.
const before = sessionStorage.getItem(`postern-cursor ${location.pathname}`)
if (before && document.getElementById(before)) {
  cursor = before
  document.getElementById(before).setAttribute('data-cursor', '')
}
document.addEventListener('htmx:after:swap', () => {
  if (cursor) document.getElementById(cursor)?.setAttribute('data-cursor', '')
})
document.addEventListener('click', (event) => {
  if (event.target instanceof HTMLDialogElement) event.target.close()
})

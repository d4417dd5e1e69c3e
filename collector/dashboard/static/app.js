// The little that pages can't do without scripts: tell the server the viewer's time zone, copy text with one
// click. Everything works, less comfortably, without this file.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
if (zone && !document.cookie.split('; ').includes(`postern_zone=${encodeURIComponent(zone)}`)) {
  const secure = location.protocol === 'https:' ? '; secure' : ''
  document.cookie = `postern_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax${secure}`
}

/** Text of a copy control: its own data-copy, the element it names, or what its link answers. */
async function textToCopy(control) {
  if ('copyAddress' in control.dataset) return location.href
  if (control.dataset.copy) return control.dataset.copy
  if (control.dataset.copyFrom) return document.getElementById(control.dataset.copyFrom)?.textContent ?? ''
  const answer = await fetch(control.href)
  if (!answer.ok) throw new Error(`${answer.status}`)
  return answer.text()
}

document.addEventListener('click', async (event) => {
  const control = event.target instanceof Element ? event.target.closest('.copy') : null
  if (!control || !navigator.clipboard || event.metaKey || event.ctrlKey) return
  event.preventDefault()
  const label = control.querySelector('.copy-label') ?? control
  const before = label.textContent
  try {
    await navigator.clipboard.writeText((await textToCopy(control)).trim())
    label.textContent = 'Copied'
  } catch {
    label.textContent = 'Not copied'
  }
  setTimeout(() => {
    label.textContent = before
  }, 1500)
})
document.documentElement.classList.add('scripts')

// The eye beside a password shows what one typed, and hides it again before it is sent.
for (const eye of document.querySelectorAll('[data-reveal]')) {
  const field = document.getElementById(eye.getAttribute('aria-controls') ?? '')
  const show = (isShown) => {
    field.type = isShown ? 'text' : 'password'
    eye.setAttribute('aria-pressed', String(isShown))
  }
  eye.addEventListener('click', () => show(field.type === 'password'))
  field.form?.addEventListener('submit', () => show(false))
}
// In a row that scrolls sideways on a phone, the chosen one is in sight.
for (const list of document.querySelectorAll('.section-list, .views, .platforms')) {
  const chosen = list.querySelector('[aria-current]')
  if (chosen && list.scrollWidth > list.clientWidth) {
    list.scrollLeft = chosen.offsetLeft - list.offsetLeft - (list.clientWidth - chosen.offsetWidth) / 2
  }
}

// A text that is too long scrolls in a box of its own; the keyboard must get into it, which not every browser sees to.
const boxes =
  '.band dd, .said, .panel.message p, .body, .quotes p, .head h1, .message, .head-facts code, .pairs dd, .exception h3 bdi, .vars dd, .timeline p.small'
function letKeyboardIn() {
  for (const box of document.querySelectorAll(boxes)) {
    const scrolls = box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1
    if (scrolls && getComputedStyle(box).overflowY === 'auto') box.tabIndex = 0
  }
}
letKeyboardIn()
document.addEventListener('toggle', letKeyboardIn, true)
document.addEventListener('htmx:after:swap', letKeyboardIn)

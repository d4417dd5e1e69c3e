// Live regions: the tab's title and icon tell how many things need a person, polling rests in a hidden tab and
// catches up once when it is seen again, and "Live" says when the last answer was if answers stay out.
const icon = document.querySelector('link[rel=icon]')
const plainTitle = () => document.title.replace(/^\(\d+\+?\) /, '')

function tell(element) {
  const count = Number(element.dataset.needs ?? 0)
  const figure = count > 99 ? '99+' : String(count)
  document.title = `${count > 0 ? `(${figure}) ` : ''}${plainTitle()}`
  const hue = element.dataset.icon || 'calm'
  if (icon && icon.getAttribute('href') !== icon.dataset[hue]) icon.setAttribute('href', icon.dataset[hue])
  const counter = document.querySelector('.nav-bell .count')
  if (counter && count > 0) counter.firstChild.textContent = figure
}

let lastAnswer = Date.now()
let missed = 0
const words = document.querySelector('#live .live-words')
const dot = document.querySelector('#live .dot')

function showLive() {
  if (!words || !dot) return
  const isLate = missed >= 3
  const clock = new Date(lastAnswer).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  words.textContent = isLate ? `Last update ${clock}` : 'Live'
  dot.className = `dot ${isLate ? 'amber' : 'green'}`
}

const isPoll = (context) => context?.sourceEvent?.type === 'every'

document.addEventListener('htmx:before:request', (event) => {
  const { ctx } = event.detail
  // A tab that nobody sees asks for nothing, and neither do the views where there is no sidebar.
  const isUnseen = ctx.sourceElement?.matches('.saved') && ctx.sourceElement.offsetParent === null
  if ((isPoll(ctx) && document.hidden) || isUnseen) event.preventDefault()
})
document.addEventListener('htmx:after:swap', () => {
  missed = 0
  lastAnswer = Date.now()
  showLive()
  const told = document.querySelector('#on-call[data-needs]') ?? document.querySelector('#counters')
  if (told) tell(told)
})
for (const trouble of ['htmx:error', 'htmx:response:error']) {
  document.addEventListener(trouble, (event) => {
    if (!isPoll(event.detail.ctx)) return
    missed += 1
    showLive()
    if (event.detail.ctx.response?.status === 401) location.reload()
  })
}
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return
  for (const region of document.querySelectorAll('[hx-trigger*=every]')) htmx.trigger(region, 'every')
})

// A failed action says so, and what to do; the row stays as it was.
document.addEventListener('htmx:response:error', (event) => {
  const { ctx } = event.detail
  if (isPoll(ctx) || !ctx.request || ctx.request.method === 'GET') return
  say(`That did not work (${ctx.response.status}). Nothing was changed; try again.`)
})
document.addEventListener('htmx:error', (event) => {
  const { ctx } = event.detail
  if (isPoll(ctx) || !ctx?.request || ctx.request.method === 'GET') return
  say('No answer from Postern. Nothing was changed; try again.')
})

function say(text) {
  const toast = document.createElement('div')
  toast.className = 'toast'
  toast.textContent = text
  document.getElementById('toast')?.replaceChildren(toast)
}

// A toast goes after eight seconds, but not while somebody is on it.
const place = document.getElementById('toast')
let timer
if (place) {
  new MutationObserver(() => {
    clearTimeout(timer)
    const leave = () => {
      if (place.matches(':hover, :focus-within')) timer = setTimeout(leave, 2000)
      else place.replaceChildren()
    }
    if (place.childElementCount > 0) timer = setTimeout(leave, 8000)
  }).observe(place, { childList: true })
}

// After a tap on "2 new" the focus is where they are.
document.addEventListener('htmx:after:swap', (event) => {
  if (event.detail.ctx?.sourceElement?.id === 'on-call' && event.detail.ctx.sourceEvent?.type === 'click') {
    document.querySelector('#on-call .card a.card-title')?.focus()
  }
})

// What was asked for more of is gone after it came; the focus goes to the first that is new.
let focusNext = null
document.addEventListener('htmx:before:swap', (event) => {
  focusNext = event.detail.ctx?.sourceElement?.dataset?.focus ?? focusNext
})
document.addEventListener('htmx:after:swap', () => {
  if (focusNext) document.querySelector(focusNext)?.focus()
  focusNext = null
})

// What somebody has unfolded stays open when its region is brought up to date, as does a list of completions:
// the answer to what was typed before comes while they choose.
// The sign-in pages have this script without htmx.
globalThis.htmx?.registerExtension('keep-open', {
  htmx_before_morph_attr: (element, { attrName }) =>
    !(element instanceof HTMLDetailsElement && attrName === 'open') &&
    !(
      element.matches('.filter-field input') &&
      (attrName === 'aria-expanded' || attrName === 'aria-activedescendant')
    ),
})

// The live tail of events: new rows gather behind the pill, unless the list is at the top; scrolling down or the
// switch pauses it, and it says so.
const tailSwitch = document.querySelector('[data-live-switch]')
let isPaused = false
function showTail() {
  if (!tailSwitch) return
  const isReading = window.scrollY > 80
  tailSwitch.setAttribute('aria-pressed', String(!isPaused))
  tailSwitch.querySelector('.live-words').textContent = isPaused
    ? 'Paused'
    : isReading
      ? 'Live, waiting above'
      : 'Live'
  const use = tailSwitch.querySelector('use')
  use.setAttribute('href', `${document.body.dataset.sprite}#${isPaused ? 'play' : 'pause'}`)
}
tailSwitch?.addEventListener('click', () => {
  isPaused = !isPaused
  showTail()
})
if (tailSwitch) document.addEventListener('scroll', showTail, { passive: true })
document.addEventListener('htmx:before:request', (event) => {
  const source = event.detail.ctx.sourceElement
  if (isPaused && source?.matches('[data-tail]')) event.preventDefault()
})
document.addEventListener('htmx:after:swap', (event) => {
  const isTail = event.detail.ctx.sourceElement?.matches?.('[data-tail]')
  if (isTail && window.scrollY < 80 && !isPaused) document.querySelector('#log-new .pill')?.click()
})

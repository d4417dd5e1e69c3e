// A brush on a chart: drag across it, or tap one bar and then another; its ends are dragged, or moved with the arrow
// keys. The range goes into the form below, which works by itself without scripts; its answer swaps the events and
// the address.
let from = null
let anchor = null
/** The end that has the focus, for where a swap takes it away. */
let held = null
let waiting

const pad = (number) => String(number).padStart(2, '0')
function fieldValue(ms) {
  const at = new Date(ms)
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`
}

function barAt(plot, clientX) {
  const box = plot.getBoundingClientRect()
  const { start, end, bar } = plot.dataset
  const share = Math.min(0.9999, Math.max(0, (clientX - box.left) / box.width))
  const ms = Number(start) + share * (Number(end) - Number(start))
  return Number(start) + Math.floor((ms - Number(start)) / Number(bar)) * Number(bar)
}

function make(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}

/** One end of the range, which can be gripped: 44 px wide for a thumb, and a slider for the keyboard. */
function endOf(plot, which, base) {
  const found = plot.querySelector(`.brush-end[data-end=${which}]`)
  if (found) return found
  const label = which === 'from' ? 'Start of the chosen time' : 'End of the chosen time'
  const end = make('svg', {
    class: 'brush-end',
    overflow: 'visible',
    tabindex: 0,
    role: 'slider',
    'aria-label': label,
  })
  end.dataset.end = which
  end.append(
    make('rect', { class: 'grip', x: -22, width: 44, height: base }),
    make('line', { y2: base }),
    make('rect', { class: 'knob', x: -4, width: 8, y: base / 2 - 10, height: 20, rx: 3 }),
  )
  plot.querySelector('.brush').append(end)
  return end
}

function draw(plot, a, b) {
  const { start, end, bar } = plot.dataset
  const span = Number(end) - Number(start)
  const [first, last] = [Math.min(a, b), Math.max(a, b)]
  const left = Math.max(0, ((first - Number(start)) / span) * 100)
  const right = Math.min(100, ((last + Number(bar) - Number(start)) / span) * 100)
  const base = Number(plot.querySelector('.base')?.getAttribute('y1') ?? 0)
  const group = plot.querySelector('.brush')
  for (const old of group.querySelectorAll('.outside')) old.remove()
  group.prepend(
    make('rect', { class: 'outside', x: 0, width: `${left}%`, height: base }),
    make('rect', { class: 'outside', x: `${right}%`, width: `${100 - right}%`, height: base }),
  )
  for (const [which, across, ms] of [
    ['from', left, first],
    ['to', right, last + Number(bar)],
  ]) {
    const one = endOf(plot, which, base)
    one.setAttribute('x', `${across}%`)
    one.setAttribute('aria-valuemin', start)
    one.setAttribute('aria-valuemax', end)
    one.setAttribute('aria-valuenow', String(ms))
    one.setAttribute('aria-valuetext', fieldValue(ms).replace('T', ' '))
  }
  plot.dataset.from = String(first)
  plot.dataset.to = String(last + Number(bar))
}

/** First and last bar of what is chosen. */
function chosen(plot) {
  const { from: start, to, bar, start: zero } = plot.dataset
  const snap = (ms) => Number(zero) + Math.floor((ms - Number(zero)) / Number(bar)) * Number(bar)
  const first = snap(Number(start))
  return [first, Math.max(first, snap(Number(to) - 1))]
}

function clear(plot) {
  plot.querySelector('.brush')?.replaceChildren()
  delete plot.dataset.from
  delete plot.dataset.to
}

function drawChosen() {
  for (const plot of document.querySelectorAll('[data-brush][data-from]')) {
    draw(plot, ...chosen(plot))
    if (held && document.activeElement === document.body) endOf(plot, held, 0).focus()
  }
}
drawChosen()
document.addEventListener('htmx:after:swap', drawChosen)
document.addEventListener('focusin', (event) => {
  held = event.target.closest?.('.brush-end')?.dataset.end ?? null
})
document.addEventListener('keydown', (event) => {
  const end = event.target instanceof Element ? event.target.closest('.brush-end') : null
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key]
  const plot = end?.closest('[data-brush]')
  if (!plot || !by) return
  event.preventDefault()
  const [first, last] = chosen(plot)
  const { start, end: until, bar } = plot.dataset
  const step = by * Number(bar)
  const moved =
    end.dataset.end === 'from'
      ? [Math.max(Number(start), Math.min(last, first + step)), last]
      : [first, Math.min(Number(until) - Number(bar), Math.max(first, last + step))]
  draw(plot, ...moved)
  clearTimeout(waiting)
  waiting = setTimeout(() => choose(plot, ...moved), 400)
})

function choose(plot, a, b) {
  const form = document.getElementById(plot.dataset.brush)
  if (!form) return
  form.elements.namedItem('from').value = fieldValue(Math.min(a, b))
  form.elements.namedItem('to').value = fieldValue(Math.max(a, b) + Number(plot.dataset.bar))
  form.requestSubmit()
}

document.addEventListener('pointerdown', (event) => {
  const plot = event.target instanceof Element ? event.target.closest('[data-brush]') : null
  if (!plot || event.button !== 0) return
  const bar = barAt(plot, event.clientX)
  const grip = event.target.closest('.brush-end')?.dataset.end
  const [first, last] = grip ? chosen(plot) : [bar, bar]
  // Gripped at one end, the other stays.
  from = { plot, bar: grip ? (grip === 'from' ? last : first) : bar, at: bar, moved: false }
})
document.addEventListener('pointermove', (event) => {
  if (!from) return
  const bar = barAt(from.plot, event.clientX)
  if (bar !== from.at) from.moved = true
  if (from.moved) draw(from.plot, from.bar, bar)
})
document.addEventListener('pointercancel', () => {
  from = null
})
document.addEventListener('pointerup', (event) => {
  if (!from) return
  const { plot, bar, moved } = from
  const end = barAt(plot, event.clientX)
  from = null
  if (moved) {
    anchor = null
    choose(plot, bar, end)
  } else if (anchor?.plot === plot) {
    draw(plot, anchor.bar, end)
    choose(plot, anchor.bar, end)
    anchor = null
  } else {
    anchor = { plot, bar: end }
    draw(plot, end, end)
    choose(plot, end, end)
  }
})
document.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('[data-clear-brush]')) {
    for (const plot of document.querySelectorAll('[data-brush]')) clear(plot)
    anchor = null
  }
})

// Previous and next issue of the list one came from, by what that list showed.
const listKey = 'postern-list'
const rows = [...document.querySelectorAll('.issue-row[data-open], .card[data-open]')].map(
  (row) => row.dataset.open,
)
if (rows.length > 0)
  sessionStorage.setItem(listKey, JSON.stringify({ rows, back: location.pathname + location.search }))
const place = document.querySelector('[data-between]')
const known = JSON.parse(sessionStorage.getItem(listKey) ?? 'null')
const here = /^\/issues\/\d+/.exec(location.pathname)?.[0]
const at = known?.rows.indexOf(here) ?? -1
if (place && at >= 0) {
  const sprite = document.body.dataset.sprite
  const words = document.createElement('span')
  words.className = 'quiet'
  words.textContent = `${at + 1} of ${known.rows.length}`
  place.append(words)
  for (const [step, label, icon, name] of [
    [-1, 'Previous issue', 'up', 'previous'],
    [1, 'Next issue', 'down', 'next'],
  ]) {
    const href = known.rows[at + step]
    if (!href) continue
    const link = document.createElement('a')
    link.href = href
    link.className = 'icon-button'
    link.title = label
    link.setAttribute('aria-label', label)
    link.dataset[name] = ''
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
    svg.setAttribute('class', 'icon')
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
    use.setAttribute('href', `${sprite}#${icon}`)
    svg.append(use)
    link.append(svg)
    place.append(link)
  }
  place.hidden = false
  for (const link of document.querySelectorAll('.issue-top .back, .issue-top .crumbs a[href="/issues"]'))
    link.href = known.back
}

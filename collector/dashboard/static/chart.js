// A brush on a chart: drag across it, or tap one bar and then another. The range goes into the form below, which
// works by itself without scripts; its answer swaps the events and the address.
let from = null
let anchor = null

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

function draw(plot, a, b) {
  const { start, end, bar } = plot.dataset
  const span = Number(end) - Number(start)
  const left = ((Math.min(a, b) - Number(start)) / span) * 100
  const right = ((Math.max(a, b) + Number(bar) - Number(start)) / span) * 100
  const base = plot.querySelector('.base')?.getAttribute('y1') ?? '0'
  const group = plot.querySelector('.brush')
  group.replaceChildren()
  for (const [x, width] of [
    [0, left],
    [right, 100 - right],
  ]) {
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
    rect.setAttribute('class', 'outside')
    rect.setAttribute('x', `${x}%`)
    rect.setAttribute('width', `${Math.max(0, width)}%`)
    rect.setAttribute('height', base)
    group.append(rect)
  }
}

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
  from = { plot, bar: barAt(plot, event.clientX), moved: false }
})
document.addEventListener('pointermove', (event) => {
  if (!from) return
  const bar = barAt(from.plot, event.clientX)
  if (bar !== from.bar) from.moved = true
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
    draw(plot, anchor.bar, bar)
    choose(plot, anchor.bar, bar)
    anchor = null
  } else {
    anchor = { plot, bar }
    draw(plot, bar, bar)
    choose(plot, bar, bar)
  }
})
document.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('[data-clear-brush]')) {
    for (const group of document.querySelectorAll('.brush')) group.replaceChildren()
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

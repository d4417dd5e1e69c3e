// Forms of the settings: the bar that saves says how many fields differ from what is kept and how many are to mend,
// and what a preview answers of a wrong field stands at that field. Without this file the server says it on saving.
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.type !== 'hidden')

function differs(field) {
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked
  if (field instanceof HTMLSelectElement)
    return [...field.options].some((option) => option.selected !== option.defaultSelected)
  return field.value !== field.defaultValue
}

function count(form) {
  const words = form.querySelector('[data-changes]')
  if (!words) return
  // A choice of several is one change, whichever of them it was and is.
  const changes = new Set(
    fieldsOf(form)
      .filter(differs)
      .map((field) => field.name),
  ).size
  const wrong = fieldsOf(form).filter((field) => field.getAttribute('aria-invalid') === 'true').length
  const changed = changes > 0 ? `${changes} ${changes === 1 ? 'change' : 'changes'}` : ''
  words.textContent = [changed, wrong > 0 ? `${wrong} to mend` : ''].filter(Boolean).join(', ')
  words.hidden = words.textContent === ''
}

/** Puts the sentence at the field, or takes it away. */
function tell(field, problem) {
  const id = `${field.name}-problem`
  const frame = field.closest('.rule, .field')
  const before = document.getElementById(id)
  if (!problem) {
    before?.remove()
    field.removeAttribute('aria-invalid')
    field.removeAttribute('aria-describedby')
  } else {
    const said = before ?? document.createElement('p')
    said.className = 'error'
    said.id = id
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
    svg.setAttribute('class', 'mark red')
    svg.setAttribute('aria-hidden', 'true')
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
    use.setAttribute('href', `${document.body.dataset.sprite}#stuck`)
    svg.append(use)
    said.replaceChildren(svg, problem)
    if (!before) (field.closest('.field') ?? frame)?.append(said)
    field.setAttribute('aria-invalid', 'true')
    field.setAttribute('aria-describedby', id)
  }
  frame?.classList.toggle('wrong', frame.querySelector('[aria-invalid=true]') !== null)
}

document.addEventListener('input', (event) => {
  const form = event.target instanceof Element && event.target.closest('form[data-form]')
  if (form) count(form)
})
document.addEventListener('htmx:after:swap', () => {
  const preview = document.getElementById('preview')
  const form = preview && document.querySelector('form[data-form]')
  if (!form) return
  const problems = new Map(
    [...preview.querySelectorAll('[data-mend]')].map((one) => [one.dataset.mend, one.textContent]),
  )
  for (const field of fieldsOf(form)) tell(field, problems.get(field.name) ?? '')
  // What can't be saved can't be pressed; why stands beside it.
  const save = form.querySelector('.save-bar .filled')
  if (save) save.disabled = problems.size > 0
  count(form)
})
// A page that came back from the browser's memory, or with what was entered, says so from the start.
for (const form of document.querySelectorAll('form[data-form]')) count(form)

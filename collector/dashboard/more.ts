// Two small things around the pages: what the tab and the sidebar count, polled, and on a phone the page behind
// the tab "More".
import type { RequestHandler } from 'express'
import type { PageDeps } from './deps.ts'
import { themeOf, themes } from './viewer.ts'

const themeLabels = { system: 'System', light: 'Light', dark: 'Dark' } as const

export function createMorePages({ frameOf, fragment, show }: PageDeps) {
  /** What needs a person, for the title and the icon of every page. */
  const counters: RequestHandler = async (req, res) => {
    fragment(res, 'partials/counters', await frameOf(req, { title: '', section: null }))
  }

  const more: RequestHandler = async (req, res) => {
    const frame = await frameOf(req, { title: 'More', section: 'more' })
    const theme = themeOf(req)
    const items = [
      { href: '/releases', icon: 'releases', label: 'Releases', more: '' },
      {
        href: '/relays',
        icon: 'relays',
        label: 'Relays',
        more: `${frame.heard.relays}${frame.heard.time ? `, heard up to ${frame.heard.time.text}` : ''}`,
      },
      { href: '/views', icon: 'filter', label: 'Views', more: '' },
      ...frame.views.map((view) => ({ href: view.href, icon: 'filter', label: view.label, more: 'view' })),
      { href: '/settings', icon: 'settings', label: 'Settings', more: '' },
    ]
    const view = {
      items,
      themes: themes.map((value) => ({ value, label: themeLabels[value], current: value === theme })),
    }
    await show(req, res, { page: 'pages/more' }, view, { title: 'More', section: 'more' })
  }

  return { counters, more }
}

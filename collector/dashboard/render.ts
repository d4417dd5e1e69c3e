// Turns a view into a page or a fragment. The only file that knows htmx's headers: a fragment goes out when
// htmx asks for part of a page, else the page with its frame; `Vary` names what was looked at.
import { join } from 'node:path'
import { Eta } from 'eta'
import type { Request, Response } from 'express'
import type { Assets } from './assets.ts'
import type { Frame } from './frame.ts'

export type Names = {
  /** Template of the whole page, below templates/. */
  readonly page: string
  /** Template of the region that an htmx request swaps; absent: always the page. */
  readonly fragment?: string
}

export type Renderer = {
  /** The page or the fragment; `view` is all that the template sees, beside `frame` on pages. */
  send(req: Request, res: Response, names: Names, view: object, frame: () => Promise<Frame>): Promise<void>
  render(template: string, data: object): string
}

/** True where htmx asks for a part of a page. */
export function wantsFragment(req: Request): boolean {
  return req.get('hx-request-type') === 'partial'
}

export function createRenderer(
  assets: Pick<Assets, 'css' | 'js' | 'htmx' | 'sprite' | 'favicon' | 'favicons'>,
  cache = true,
): Renderer {
  const eta = new Eta({
    views: join(import.meta.dirname, '../../templates'),
    cache,
    // Known in every template and partial: where the icons are. Addresses are ours and hold no quotes.
    functionHeader: `const sprite = ${JSON.stringify(assets.sprite)};`,
  })

  return {
    async send(req, res, names, view, frame) {
      res.vary('HX-Request-Type')
      const isFragment = names.fragment !== undefined && wantsFragment(req)
      const html = isFragment
        ? eta.render(`/${names.fragment}`, view)
        : eta.render(`/${names.page}`, { ...view, assets, frame: await frame() })
      res.type('text/html; charset=utf-8').send(html)
    },
    render: (template, data) => eta.render(`/${template}`, { ...data, assets }),
  }
}

// Style sheets, sprite, script and htmx, each under an address that names its content, so that browsers may
// keep them for a year and a new version is a new address. Read once at start.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import type { RequestHandler } from 'express'
import { AppError } from '../../shared/errors.ts'

const here = join(import.meta.dirname, 'static')
const require = createRequire(import.meta.url)
// In order: later ones build on earlier ones.
const styleSheets = [
  'tokens',
  'frame',
  'controls',
  'parts',
  'overlays',
  'table',
  'issue-list',
  'filter',
  'on-call',
  'events',
  'releases',
  'projects',
  'relays',
  'issue',
  'band',
  'chart',
  'event',
  'stack',
  'breadcrumbs',
  'timeline',
  'issue-aside',
  'past',
  'pages',
  'set-up',
  'settings',
  'people',
  'door',
  'forced',
]
const scripts = ['app', 'live', 'filter', 'rows', 'chart', 'mentions', 'keys', 'palette', 'forms']

type Asset = {
  readonly path: string
  readonly type: string
  readonly body: Buffer
  /** The same in Brotli: compressed once, so that it can be done well. */
  readonly brotli: Buffer
}

export type Assets = {
  readonly css: string
  readonly js: string
  readonly htmx: string
  readonly sprite: string
  readonly favicon: string
  /** By what needs a person: nothing, something (red), only the loop (amber). */
  readonly favicons: Readonly<Record<'' | 'red' | 'amber', string>>
  /** Serves `/static/:name`. */
  readonly serve: RequestHandler
}

/** A little below the best, which takes ten times as long at each start for some bytes less. */
function compress(body: Buffer): Buffer {
  return brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
}

function named(name: string, type: string, body: Buffer): Asset {
  const [stem = '', ending = ''] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.'))]
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 10)
  return { path: `/static/${stem}-${hash}${ending}`, type, body, brotli: compress(body) }
}

/** htmx as its package has it; the version is in the address. */
function htmxAsset(): Asset {
  const packagePath = require.resolve('htmx.org/package.json')
  const { version } = JSON.parse(readFileSync(packagePath, 'utf8')) as { version: string }
  const body = readFileSync(join(dirname(packagePath), 'dist', 'htmx.min.js'))
  return {
    path: `/static/htmx-${version}.js`,
    type: 'text/javascript; charset=utf-8',
    body,
    brotli: compress(body),
  }
}

export function loadAssets(): Assets {
  const file = (name: string) => readFileSync(join(here, name))
  const css = named(
    'postern.css',
    'text/css; charset=utf-8',
    Buffer.concat(styleSheets.map((name) => file(`${name}.css`))),
  )
  const js = named(
    'postern.js',
    'text/javascript; charset=utf-8',
    // Each file is a scope of its own.
    Buffer.from(scripts.map((name) => `;(() => {\n${file(`${name}.js`)}})()\n`).join('')),
  )
  const sprite = named('sprite.svg', 'image/svg+xml', file('sprite.svg'))
  const gate = file('favicon.svg').toString('utf8')
  const favicon = named('favicon.svg', 'image/svg+xml', Buffer.from(gate))
  const badges = {
    red: '<circle cx="12.5" cy="3.5" r="3.5" stroke="none" fill="#D92225"/></svg>',
    amber: '<rect x="9" y="0" width="7" height="7" rx="1.5" stroke="none" fill="#E0B44C"/></svg>',
  }
  const badged = (hue: 'red' | 'amber') =>
    named(`favicon-${hue}.svg`, 'image/svg+xml', Buffer.from(gate.replace('</svg>', badges[hue])))
  const [red, amber] = [badged('red'), badged('amber')]
  const htmx = htmxAsset()
  const byPath = new Map([css, js, sprite, favicon, red, amber, htmx].map((asset) => [asset.path, asset]))

  return {
    css: css.path,
    js: js.path,
    htmx: htmx.path,
    sprite: sprite.path,
    favicon: favicon.path,
    favicons: { '': favicon.path, red: red.path, amber: amber.path },
    serve: (req, res, next) => {
      const asset = byPath.get(req.path)
      if (!asset) return next(new AppError('not_found', 'There is no such file.'))
      res.set('Cache-Control', 'public, max-age=31536000, immutable')
      res.vary('Accept-Encoding').type(asset.type)
      if (!req.acceptsEncodings('br')) return res.send(asset.body)
      res.set('Content-Encoding', 'br').send(asset.brotli)
    },
  }
}

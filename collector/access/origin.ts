// Refuses requests that a foreign page makes a browser send: by the Host header (DNS rebinding: a foreign
// name that resolves to this address) and by where a state-changing request comes from (CSRF). The API
// needs no origin check: its bearer tokens are never sent by a browser on its own.
import type { RequestHandler } from 'express'
import { AppError } from '../../shared/errors.ts'

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']
const safeMethods = ['GET', 'HEAD', 'OPTIONS']

/** Name part of a Host header, lower case, without the port; undefined: not a host. */
function hostname(host: string | undefined): string | undefined {
  if (!host || !/^[A-Za-z0-9.:[\]_-]+$/.test(host)) return undefined
  return URL.parse(`http://${host}`)?.hostname
}

/**
 * True where the Host header names us: the host of our own address, or a loopback name. The port doesn't
 * count: a proxy may listen on another one, and rebinding needs a foreign name.
 * @param ownUrl COLLECTOR_URL
 */
export function isOwnHost(host: string | undefined, ownUrl: string): boolean {
  const name = hostname(host)
  return name !== undefined && (loopbackNames.includes(name) || name === new URL(ownUrl).hostname)
}

/**
 * True where a state-changing request comes from our own pages (or, with `none`, from the person's own
 * address bar). A browser too old for Sec-Fetch-Site still sends Origin with every POST, so a request with
 * neither is refused. Source: Fetch Metadata Request Headers; OWASP CSRF prevention sheet
 */
export function isOwnOrigin(
  headers: {
    site: string | undefined
    origin: string | undefined
    host: string | undefined
  },
  ownUrl: string,
): boolean {
  if (headers.site !== undefined) return headers.site === 'same-origin' || headers.site === 'none'
  const origin = headers.origin === undefined ? null : URL.parse(headers.origin)
  if (!origin) return false
  return origin.origin === new URL(ownUrl).origin || origin.host === headers.host?.toLowerCase()
}

/** 403 for a Host header that isn't ours; for everything the collector serves. */
export function createHostCheck(config: { readonly url: string }): RequestHandler {
  return (req, _res, next) => {
    if (isOwnHost(req.headers.host, config.url)) return next()
    const message =
      'This address is not one that Postern answers to. Set COLLECTOR_URL to the address people use.'
    next(new AppError('forbidden', message))
  }
}

/** 403 for a state-changing request from a foreign page; for pages, not for the API. */
export function createOriginCheck(config: { readonly url: string }): RequestHandler {
  return (req, _res, next) => {
    const headers = {
      site: req.get('sec-fetch-site'),
      origin: req.get('origin'),
      host: req.headers.host,
    }
    if (safeMethods.includes(req.method) || isOwnOrigin(headers, config.url)) return next()
    next(new AppError('forbidden', 'This request came from another site. Open the page here and try again.'))
  }
}

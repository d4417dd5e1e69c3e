// Who Postern is at GitHub: the owner of a personal token, or a GitHub App, whose private key is exchanged for
// installation tokens (an hour long, renewed in time by @octokit/auth-app). Gives an authorised client for a
// repository; getting there is kept apart from the request itself, so that a token that could not be had
// never looks like a create whose end is unknown.
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'
import { type Dispatcher, fetch, type RequestInit, type Response } from 'undici'
import { z } from 'zod'

export type GithubCredentials =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'app'
      readonly appId: string
      /** PEM, PKCS#1 or PKCS#8. */
      readonly privateKey: string
      /** null: looked up for each repository's owner; an app may be installed by several. */
      readonly installationId: number | null
    }

export type GithubAuth = {
  /** What `GET` tells who we are, with the login that our tracker issues are opened by. */
  readonly identity: { readonly route: string; readonly login: z.ZodType<string> }
  /** A client that is ready to send. Throws what octokit throws. */
  clientFor(repository: string | null): Promise<Octokit>
  /** The token was refused: the next client asks for a fresh one. */
  distrustToken(): void
}

type Init = RequestInit & { readonly method?: string }

/**
 * A read follows where it is led. What changes something goes there only where the method and the text stay as they
 * are (a renamed repository is a 307) and the host is the same; any other redirect comes back as the answer, since
 * following a 301 would turn a create into a read.
 */
async function fetchOnce(url: string, init: Init): Promise<Response> {
  if (init.method === undefined || init.method === 'GET') return fetch(url, init)
  const answer = await fetch(url, { ...init, redirect: 'manual' })
  const place = answer.headers.get('location')
  if ((answer.status !== 307 && answer.status !== 308) || place === null) return answer
  const to = URL.parse(place, url)
  if (to?.origin !== new URL(url).origin) return answer
  await answer.body?.cancel()
  return fetch(to, { ...init, redirect: 'manual' })
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export function createGithubAuth(deps: {
  readonly baseUrl: string
  readonly credentials: GithubCredentials
  readonly dispatcher: Dispatcher
}): GithubAuth {
  const { credentials } = deps
  const options = {
    baseUrl: deps.baseUrl.replace(/\/+$/, ''),
    userAgent: 'postern',
    request: {
      fetch: (url: string, init: Init) => fetchOnce(url, { ...init, dispatcher: deps.dispatcher }),
    },
    // Deprecations of the API are no news to who runs a collector.
    log: quiet,
  }
  const withVersion = (octokit: Octokit): Octokit => {
    octokit.hook.before('request', (request) => {
      request.headers['x-github-api-version'] = '2022-11-28'
    })
    return octokit
  }
  if (credentials.kind === 'token') {
    const octokit = withVersion(new Octokit({ ...options, auth: credentials.token }))
    return {
      identity: {
        route: 'GET /user',
        login: z.object({ login: z.string() }).transform((user) => user.login),
      },
      clientFor: async () => octokit,
      distrustToken: () => undefined,
    }
  }

  const { appId, privateKey, installationId } = credentials
  const clientOf = (installation: number | null) =>
    withVersion(
      new Octokit({
        ...options,
        authStrategy: createAppAuth,
        auth: { appId, privateKey, ...(installation === null ? {} : { installationId: installation }) },
      }),
    )
  // What these hold is a cache of what GitHub knows; it is asked again after a start.
  const app = clientOf(null)
  const clients = new Map<number, Octokit>()
  const installations = new Map<string, number>()
  let isDistrusted = false

  async function installationOf(repository: string): Promise<number> {
    if (installationId !== null) return installationId
    const [owner = '', repo = ''] = repository.split('/')
    const known = installations.get(owner.toLowerCase())
    if (known !== undefined) return known
    // https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app
    const { data } = await app.request('GET /repos/{owner}/{repo}/installation', { owner, repo })
    installations.set(owner.toLowerCase(), data.id)
    return data.id
  }

  return {
    identity: {
      // https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app
      route: 'GET /app',
      login: z.object({ slug: z.string() }).transform((found) => `${found.slug}[bot]`),
    },
    async clientFor(repository) {
      if (repository === null) return app
      const installation = await installationOf(repository)
      const client = clients.get(installation) ?? clientOf(installation)
      clients.set(installation, client)
      const refresh = isDistrusted
      isDistrusted = false
      await client.auth({ type: 'installation', refresh })
      return client
    },
    distrustToken() {
      isDistrusted = true
      installations.clear()
    },
  }
}

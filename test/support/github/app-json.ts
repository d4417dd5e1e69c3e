// What GitHub answers about apps, installations and repositories: its own published examples, with the few
// fields changed that a test is about. And the check of an app's signature.
import { createVerify } from 'node:crypto'
import { findExample } from './examples.ts'

export type AppIdentity = {
  readonly slug: string
  readonly appId: string
  readonly publicKeyPem: string
  readonly installationId: number
}

export function appJson(slug: string): Record<string, unknown> {
  return { ...findExample('get', '/app'), slug }
}

export function installationJson(id: number): Record<string, unknown> {
  return { ...findExample('get', '/repos/{owner}/{repo}/installation'), id }
}

export function tokenJson(token: string, expiresAt: string): Record<string, unknown> {
  const path = '/app/installations/{installation_id}/access_tokens'
  return { ...findExample('post', path), token, expires_at: expiresAt }
}

export function repositoryJson(
  name: string,
  facts: { readonly isPublic?: boolean; readonly isArchived?: boolean; readonly hasIssues?: boolean },
): Record<string, unknown> {
  // The published example lacks `language`, which the description requires, also in the repositories inside.
  const {
    source: _s,
    parent: _p,
    template_repository: _t,
    ...example
  } = findExample('get', '/repos/{owner}/{repo}')
  return {
    ...example,
    language: null,
    name: name.split('/')[1],
    full_name: name,
    private: !facts.isPublic,
    visibility: facts.isPublic ? 'public' : 'private',
    archived: facts.isArchived ?? false,
    has_issues: facts.hasIssues ?? true,
  }
}

/** GitHub refuses a JWT of another app, one that lives longer than ten minutes, and one that is over. */
export function isSignedByApp(jwt: string, app: AppIdentity): boolean {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`)
  if (!verify.verify(app.publicKeyPem, signature, 'base64url')) return false
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, number | string>
  const now = Date.now() / 1000
  return (
    String(claims.iss) === app.appId &&
    Number(claims.iat) <= now &&
    Number(claims.exp) > now &&
    Number(claims.exp) - Number(claims.iat) <= 660
  )
}

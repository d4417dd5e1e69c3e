// How people sign in: what the collector's environment sets for single sign-on, to read here and check.
import { ssoCallbackPath } from '../../access/single-sign-on.ts'
import { listMembers } from '../../db/people.ts'
import { actionSection } from './section.ts'

export const signIn = actionSection<null>({
  key: 'sign-in',
  title: 'Sign-in',
  who: { view: 'admin', change: 'admin' },
  template: 'pages/settings-sign-in',
  async view({ db, config }) {
    const people = (await listMembers(db)).filter((one) => one.disabledAt === null)
    const { sso } = config
    return {
      callback: new URL(ssoCallbackPath, config.url).href,
      sso: sso
        ? {
            name: sso.name,
            issuer: sso.issuer,
            clientId: sso.clientId,
            domains: sso.domains.length > 0 ? sso.domains.join(', ') : 'any',
            role: sso.role ?? 'none: people need an account or an invitation',
          }
        : null,
      withFactor: people.filter((one) => one.hasTotp).length,
      withSso: people.filter((one) => one.hasSso).length,
      people: people.length,
    }
  },
})

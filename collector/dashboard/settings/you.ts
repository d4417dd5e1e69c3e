// What concerns the person alone: name, password, second factor, where one is signed in, theme. What lets
// somebody in is changed only with the password or a code at hand, and gives this session a new token.
import { encode } from 'uqr'
import { nameProblem } from '../../access/invitation.ts'
import { hashPassword, passwordProblem } from '../../access/passwords.ts'
import { hashToken, newToken } from '../../access/secrets.ts'
import { newRecoveryCodes, newTotpSecret, totpStep, totpUri } from '../../access/totp.ts'
import { type LoginSession, listLoginSessions, revokeLoginSessions } from '../../db/login-sessions.ts'
import { findAccount, renamePerson, setPassword } from '../../db/people.ts'
import {
  countRecoveryCodes,
  openTotpSecret,
  removeTotp,
  sealTotpSecret,
  setTotp,
} from '../../db/second-factor.ts'
import { findSignInStep, insertSignInStep } from '../../db/sign-in-steps.ts'
import { agoTime, clockTime, cutEnd, initials } from '../format.ts'
import { densities, themes } from '../viewer.ts'
import { browserWords } from './browser-words.ts'
import { type ActionResult, actionSection, type Form, type SettingsPage } from './section.ts'

type Page = SettingsPage<null>
const problem = (field: string, words: string): ActionResult => ({ extra: { problems: { [field]: words } } })

/** The QR code as one path of squares, and its size in squares. */
function qrView(text: string) {
  const { data, size } = encode(text, { border: 2 })
  const squares = data.flatMap((row, y) =>
    row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')).filter((square) => square !== ''),
  )
  return { size, path: squares.join('') }
}

function sessionView(session: LoginSession, page: Page) {
  return {
    id: session.id,
    browser: browserWords(session.userAgent),
    method: session.method,
    since: clockTime(session.createdAt, page.viewer),
    seen: agoTime(session.lastSeenAt, page.viewer),
    isThis: session.tokenHash === page.sessionHash,
  }
}

/** What is wrong with the password that the form gives again; null: nothing. */
async function checkPassword(page: Page, form: Form): Promise<string | null> {
  const verdict = await page.provePassword(form.get('current') ?? '')
  if (verdict === 'too_many') return 'Too many attempts. Try again in 15 minutes.'
  return verdict === 'right' ? null : 'That is not your password.'
}

async function changePassword(page: Page, form: Form): Promise<ActionResult> {
  const { db, person, now } = page
  const wrong = await checkPassword(page, form)
  if (wrong) return problem('current', wrong)
  const password = form.get('password') ?? ''
  const unfit = passwordProblem(password, [person.email, person.name])
  if (unfit) return problem('password', unfit)
  const passwordHash = await hashPassword(password)
  await db.transaction().execute((trx) => setPassword(trx, person.email, passwordHash, now))
  await page.renewSession()
  return { extra: { done: 'Your password is changed. Every other session is signed out.' } }
}

async function startSecondFactor(page: Page, form: Form): Promise<ActionResult> {
  const wrong = await checkPassword(page, form)
  if (wrong) return problem('factor', wrong)
  const secret = newTotpSecret()
  const token = newToken()
  const sealed = await sealTotpSecret(page.db, page.person.id, secret, page.now)
  const facts = { kind: 'new-factor', sealed }
  await insertSignInStep(page.db, { tokenHash: hashToken(token), personId: page.person.id, facts }, page.now)
  return { extra: { pending: pendingView(page, token, secret) } }
}

function pendingView(page: Page, token: string, secret: string) {
  return {
    token,
    secret: secret.replace(/(.{4})(?=.)/g, '$1 '),
    qr: qrView(totpUri(secret, page.person.email)),
  }
}

async function confirmSecondFactor(page: Page, form: Form): Promise<ActionResult> {
  const token = form.get('token') ?? ''
  const step = await findSignInStep(page.db, hashToken(token), page.now)
  if (step?.personId !== page.person.id || step.facts.kind !== 'new-factor') {
    return problem('factor', 'That took longer than ten minutes. Begin anew.')
  }
  const sealedSecret = String(step.facts.sealed)
  const secret = await openTotpSecret(page.db, page.person.id, sealedSecret, page.now)
  const accepted = totpStep(secret, form.get('code') ?? '', page.now)
  if (accepted === undefined) {
    const problems = { code: 'That code is not the one of now. Check the clock of your phone.' }
    return { extra: { pending: pendingView(page, token, secret), problems } }
  }
  const codes = newRecoveryCodes()
  const recoveryHashes = codes.map((code) => hashToken(code.replace('-', '')))
  await setTotp(page.db, page.person, { sealedSecret, step: accepted, recoveryHashes }, page.actor, page.now)
  await revokeLoginSessions(page.db, page.person.id, { except: page.sessionHash })
  await page.renewSession()
  return { extra: { codes, hasFactor: true, codesLeft: codes.length } }
}

async function removeSecondFactor(page: Page, form: Form): Promise<ActionResult> {
  const wrong = await checkPassword(page, form)
  if (wrong) return problem('factor', wrong)
  await removeTotp(page.db, page.person, page.actor, page.now)
  await page.renewSession()
  return undefined
}

export const you = actionSection<null>({
  key: 'you',
  title: 'You',
  who: { view: 'person', change: 'person' },
  template: 'pages/settings-you',
  async view(page) {
    const { db, person, now, theme, density } = page
    const [account, sessions, codesLeft] = await Promise.all([
      findAccount(db, person.id),
      listLoginSessions(db, person.id, now),
      countRecoveryCodes(db, person.id),
    ])
    return {
      person: {
        name: cutEnd(person.name, 100),
        email: person.email,
        role: person.role,
        initials: initials(person.name),
      },
      hasPassword: account?.passwordHash != null,
      hasFactor: account?.sealedTotp != null,
      codesLeft,
      sessions: sessions.map((session) => sessionView(session, page)),
      themes: themes.map((one) => ({
        value: one,
        label: `${one.charAt(0).toUpperCase()}${one.slice(1)}`,
        current: one === theme,
      })),
      densities: densities.map((value) => ({
        value,
        label: value === 'compact' ? 'One line' : 'Two lines',
        current: value === density,
      })),
      pending: null,
      codes: null,
      problems: {},
      done: null,
    }
  },
  actions: [
    {
      name: 'name',
      who: 'person',
      async run(page, form) {
        const name = (form.get('name') ?? '').trim()
        const wrong = nameProblem(name)
        if (wrong) return problem('name', wrong)
        await renamePerson(page.db, page.person.id, name)
      },
    },
    { name: 'password', who: 'person', run: changePassword },
    { name: 'add-second-factor', who: 'person', run: startSecondFactor },
    { name: 'confirm-second-factor', who: 'person', run: confirmSecondFactor },
    { name: 'remove-second-factor', who: 'person', run: removeSecondFactor },
    {
      name: 'end-session',
      who: 'person',
      async run({ db, person, sessionHash }, form) {
        const id = form.get('session') ?? ''
        if (/^\d{1,15}$/.test(id)) await revokeLoginSessions(db, person.id, { id: Number(id) })
        else await revokeLoginSessions(db, person.id, { except: sessionHash })
      },
    },
  ],
})

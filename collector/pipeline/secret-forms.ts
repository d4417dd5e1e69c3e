// What is a secret by its form alone, wherever it stands: credentials of URLs, bearer values, JSON web tokens,
// private keys, keys of well-known services, card numbers; and, where a project wants it, addresses of people
// and machines. Every pattern is linear: texts are hostile and may be megabytes.

import { signsOf, type TextSigns } from './text-signs.ts'

export const filtered = '[Filtered]'

const urlCredentials = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:?#]{0,200}:[^\s/?#]{1,200}@/gi
const authorizationWord = /\b(?:bearer|basic|token) /i
/** With a digit in it: "Basic authentication", "Unexpected token internationalisation" are none. */
const authorization = /\b(bearer|basic|token) +(?=[A-Za-z._~+/-]{0,200}\d)[A-Za-z0-9._~+/-]{16,16000}=*/gi
// Bounded, since the engine's own stack is: eight megabytes of one token overflow it.
const webToken = /(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,16000}\.[\w-]{0,4000}/g
const privateKey = /-----BEGIN ([A-Z ]{0,40}PRIVATE KEY)-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g

/** Prefixes that services give their keys so that they can be found. */
const serviceKey = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}', // AWS
    'AIza[\\w-]{35}', // Google
    'ya29\\.[\\w-]{20,500}',
    'gh[pousr]_[A-Za-z0-9]{36,251}', // GitHub
    'github_pat_\\w{22,255}',
    'glpat-[\\w-]{20,100}', // GitLab
    'xox[abeoprs]-[A-Za-z0-9-]{10,250}', // Slack
    '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}', // Stripe
    'whsec_[A-Za-z0-9+/=]{16,250}',
    'sk-(?:proj-|ant-|or-)?[\\w-]{20,250}', // OpenAI, Anthropic
    'SG\\.[\\w-]{16,64}\\.[\\w-]{16,64}', // SendGrid
    'npm_[A-Za-z0-9]{36}',
    'pypi-[\\w-]{50,250}',
    'dop_v1_[a-f0-9]{64}', // DigitalOcean
    'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}', // Shopify
    'hv[sb]\\.[\\w-]{24,250}', // Vault
    'key-[a-f0-9]{32}', // Mailgun
    'AC[a-f0-9]{32}:[a-f0-9]{32}', // Twilio
    'EAA[A-Za-z0-9]{60,250}', // Facebook
  ].join('|')})(?![A-Za-z0-9])`,
  'g',
)
const mayHoldServiceKey =
  /A[KSBC]I?[A-Z]|AIza|ya29\.|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|_(?:live|test)_|whsec_|sk-|SG\.|npm_|pypi-|dop_v1_|shp[acps]|hv[sb]\.|key-|EAA/

/** Addresses that are the key themselves: whoever has them may write there. */
const webhook =
  /\b(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/|api\.telegram\.org\/bot|webhook\.office\.com\/webhookb2\/)[\w/:@-]{16,400}/g

const curlUser = /(\bcurl [^\n]{0,80}?(?:-u|--user)[ =]?["']?[^\s:"']{1,100}:)([^\s"']+)/g

/** `mysql -u app -phunter2`; not a port of another program behind a pipe. */
const mysqlPassword =
  /(\b(?:mysql|mariadb)[\w-]{0,20}(?: [^\n|;&]{0,200}?)? -p)("[^"\n]+"|'[^'\n]+'|[^\s"'|;&,.)][^\s"'|;&]*)/g

const mayHoldCard = /\d{3}[ -]?\d[ -]?\d{2}/
const cardCandidate = /(?<![\w.-])[2-6]\d(?:[ -]?\d){11,17}(?![\w-]|\.\d)/g

/** Issuers' prefixes and lengths. */
const cardShape =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720))\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:5018|5020|5038|6304|6759|676[1-3])\d{8,15})$/

/** A number of a payment card, with a valid check digit (Luhn). */
export function isCardNumber(digits: string): boolean {
  if (!cardShape.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/**
 * Fit for lines of source, in which names before values mean nothing.
 * @param signs of the text, where the caller has them
 */
export function scrubForms(text: string, signs: TextSigns | null = signsOf(text)): string {
  if (signs === null) return text
  const { at, longRun, dashes, manyDigits, options } = signs
  let now = text
  if (at && now.includes('://')) now = now.replace(urlCredentials, `$1${filtered}@`)
  if (longRun && now.includes(' ') && authorizationWord.test(now))
    now = now.replace(authorization, `$1 ${filtered}`)
  if (longRun && now.includes('eyJ')) now = now.replace(webToken, filtered)
  if (dashes && now.includes('-----BEGIN')) now = now.replace(privateKey, filtered)
  if (longRun && mayHoldServiceKey.test(now)) now = now.replace(serviceKey, filtered)
  if (longRun && now.includes('://')) now = now.replace(webhook, `$1${filtered}`)
  if (options && /mysql|mariadb/.test(now)) now = now.replace(mysqlPassword, `$1${filtered}`)
  if (now.includes('curl ')) now = now.replace(curlUser, `$1${filtered}`)
  if (manyDigits && mayHoldCard.test(now)) {
    now = now.replace(cardCandidate, (match) => (isCardNumber(match.replace(/[ -]/g, '')) ? filtered : match))
  }
  return now
}

const email = /[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g

export function scrubEmails(text: string): string {
  return text.includes('@') ? text.replace(email, filtered) : text
}

const hextets = '[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})'
const ip = new RegExp(
  [
    String.raw`(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)`,
    String.raw`(?<![\w:])${hextets}{7}(?![\w:])`,
    String.raw`(?<![\w:])(?=[0-9a-fA-F:]{2,39}(?![\w:]))(?=[a-fA-F:]{0,38}\d)(?:${hextets}{0,6})?::(?:${hextets}{0,6})?(?![\w:])`,
  ].join('|'),
  'g',
)

export function scrubAddresses(text: string): string {
  return /\d\.\d|:/.test(text) ? text.replace(ip, filtered) : text
}

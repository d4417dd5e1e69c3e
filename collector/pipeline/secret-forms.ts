// What is a secret by its form alone, wherever it stands: credentials of URLs, bearer values, JSON web tokens,
// private keys, keys of well-known services, card numbers; and, where a project wants it, addresses of people
// and machines. Every pattern is linear: texts are hostile and may be megabytes.

import { signsOf, type TextSigns } from './text-signs.ts'

export const filtered = '[Filtered]'

const urlCredentials = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:?#]{0,200}:[^\s/?#]{1,200}@/gi
/** Databases and queues, whose passwords people write as they are: with `/`, `#` or `?` in them. */
const storeCredentials =
  /\b((?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|ldaps?|ftps?|sftp|smtps?|nats)(?:\+\w{1,20})?:\/\/)[^\s/@:]{0,200}:[^\s@"'<>]{1,200}@(?=[\w.[-])/gi
/** A key in the place of a user; not one of Sentry's DSNs, which is public. */
const urlUser =
  /\b(https?:\/\/)(?![0-9a-f]{32}:?@)(?=[A-Za-z_.~-]{0,200}\d)[A-Za-z0-9_.~-]{20,300}:?@(?=[\w.-])/gi
const oracleCredentials = /\b(jdbc:oracle:\w{1,20}:)[^\s/@:]{1,100}\/[^\s@]{1,200}@/gi
const authorizationWord = /\b(?:bearer|basic|token) /i
/** With a digit in it: "Basic authentication", "Unexpected token internationalisation" are none. */
const authorization =
  /\b(bearer|basic|token) +(?=[A-Za-z._~+/-]{0,200}\d)[A-Za-z0-9._~+/-]{16,16000}=*|\b(bearer) +[A-Za-z]{24,16000}(?![\w.])/gi
// Bounded, since the engine's own stack is: eight megabytes of one token overflow it. Some are cut, some have five
// parts, and a word may stand before one, as in `token_eyJ…`.
const webToken =
  /(?<![\w-])((?:[A-Za-z]{1,30}[_-]){0,3})eyJ[\w-]{8,4000}(?:\.|%2[Ee])[\w-]{8,16000}(?:(?:\.|%2[Ee])[\w-]{0,16000}){0,3}/g
const privateKeyStart = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g
const privateKeyEnd = /-{4,5} ?END [A-Z0-9 ]{0,40}(?:KEY|BLOCK|SSH2)[A-Z0-9 ]{0,40}-{0,5}/g

/** Prefixes that services give their keys so that they can be found. */
const serviceKey = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}', // AWS
    'AIza[\\w-]{35}', // Google
    'ya29\\.[\\w.-]{20,500}',
    'GOCSPX-[\\w-]{20,100}',
    '1//0[\\w-]{30,300}',
    'gh[pousr]_[A-Za-z0-9]{36,251}', // GitHub
    'github_pat_\\w{22,255}',
    'gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-[\\w-]{20,100}', // GitLab
    'xox[abeoprs][.-][A-Za-z0-9.-]{10,250}', // Slack
    'xapp-\\d-[A-Za-z0-9-]{10,250}',
    '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}', // Stripe
    'whsec_[A-Za-z0-9+/=]{16,250}',
    '(?<!-)sk-(?=[A-Za-z_-]{0,250}\\d)(?:proj-|ant-|or-|svcacct-)?[\\w-]{20,250}', // OpenAI, Anthropic
    '(?:gsk|xai)[_-][A-Za-z0-9]{40,100}',
    'r8_[A-Za-z0-9]{37}', // Replicate
    'hf_[A-Za-z0-9]{30,50}', // Hugging Face
    'SG\\.[\\w-]{16,64}\\.[\\w-]{16,64}', // SendGrid
    'npm_[A-Za-z0-9]{36}',
    'pypi-[\\w-]{50,250}',
    'dop_v1_[a-f0-9]{64}', // DigitalOcean
    'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}', // Shopify
    'hv[sb]\\.[\\w-]{24,250}', // Vault
    'key-[a-f0-9]{32}', // Mailgun
    'AC[a-f0-9]{32}:[a-f0-9]{32}', // Twilio
    'sntry[su]_[\\w=+/-]{30,500}', // Sentry
    'lin_(?:api|oauth)_[A-Za-z0-9]{30,100}', // Linear
    'ntn_[A-Za-z0-9]{30,60}', // Notion
    'NRAK-[A-Z0-9]{20,40}', // New Relic
    'sq0[a-z]{3}-[\\w-]{20,60}', // Square
    'access_token\\$(?:production|sandbox)\\$[a-z0-9]{10,20}\\$[a-f0-9]{32}', // Braintree
    'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{30,100}', // Doppler
    'pscale_(?:tkn|pw|oauth)_[\\w.-]{20,100}', // PlanetScale
    'PMAK-[a-f0-9]{20,30}-[a-f0-9]{30,40}', // Postman
    'AT(?:ATT3|BB|CTT3)[\\w=-]{20,400}', // Atlassian
    'dckr_(?:pat|oat)_[\\w-]{20,60}', // Docker
    'sb(?:p|_secret)_[\\w-]{20,60}', // Supabase
    'fo1_[\\w-]{30,60}|fm[12][abr]?_[A-Za-z0-9+/=]{40,500}', // Fly
    'gl(?:sa|c)_[A-Za-z0-9_+/=]{30,200}', // Grafana
    'dapi[a-f0-9]{32}', // Databricks
    'pat-(?:na|eu)\\d-[a-f0-9-]{36}', // HubSpot
    'tskey-[a-z]{2,10}-[\\w-]{10,100}', // Tailscale
    'nfp_[A-Za-z0-9]{30,60}', // Netlify
    'figd_[\\w-]{30,60}', // Figma
    'phx_[A-Za-z0-9]{30,60}', // PostHog
    'rubygems_[a-f0-9]{48}',
    'AGE-SECRET-KEY-1[A-Z0-9]{40,80}',
    '\\d{8,10}:AA[\\w-]{32,34}', // Telegram
    '[\\w~.-]{3}8Q~[\\w~.-]{31,34}', // Microsoft Entra
    '[A-Za-z0-9_-]{10,30}:APA91b[\\w-]{100,300}', // Firebase messaging
    'EAA[A-Za-z0-9]{60,250}', // Facebook
  ].join('|')})(?![A-Za-z0-9])`,
  'g',
)
const mayHoldServiceKey =
  /(?<![A-Za-z0-9])(?:A[KSBCT]I?[A-Z]|AIza|AGE-|EAA|GOCSPX|NRAK|PMAK|SG\.|1\/\/0|access_token\$|dapi|dckr_|dop_|dp\.|fig|f[om][12]|gh[pousr]_|github_|gl[a-z]{1,5}[-_]|gsk_|hf_|hv[sb]\.|key-|lin_|nfp_|npm_|ntn_|pat-|phx_|pscale_|pypi-|r8_|[rs]k[-_]|rubygems_|sb[p_]|shp[acps]|sntry|sq0|tskey|whsec_|xai-|xapp-|xox|ya29)|:A[AP]|8Q~/

/** Without a digit in the whole text: the others are so long that one of letters alone is as good as never made. */
const lettersOnly =
  /A[KS]IA[A-Z]|_(?:live|test)_|GOCSPX-|gh[pos]_|glpat-|[hp][fm]_[A-Z]|gsk_|npm_|sk-[a-z]|xox[bp]|dckr_|pscale_|sq0|sntry/

/** Addresses that are the key themselves: whoever has them may write there. */
const webhook =
  /\b(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/|api\.telegram\.org\/bot|webhook\.office\.com\/webhookb2\/)[\w/:@-]{16,400}/g

/** "Basic authentication" is a word, and no name and password in base64. */
const basicLetters = /\b(basic +)([A-Za-z+/]{12,2000}={0,2})(?![\w.])/gi

/** The token of a mail that lets set a password anew. */
const resetPath =
  /(\/(?:reset[-_]?password|passwords?[-_/]?resets?|passwords?\/edit|set[-_]?password)\/)(?![\w.~-]{0,300}\.[a-z]{2,5}(?![\w.~-]))(?=[A-Za-z_.~-]{0,100}\d)[\w.~-]{16,300}/gi

/** Of SMTP and IMAP */
const mailLogin = /(\bAUTH(?:ENTICATE)? (?:PLAIN|LOGIN) )[A-Za-z0-9+/]{8,2000}={0,2}/g

const curlCookies = /(\bcurl [^\n]{0,200}?(?:-b|--cookie)[ =]?["']?)([^"'\n]+)/g
const curlUser = /(\bcurl [^\n]{0,80}?(?:-u|--user)[ =]?["']?[^\s:"']{1,100}:)([^\s"']+)/g

/** `mysql -u app -phunter2`; not a port of another program behind a pipe. */
const mysqlPassword =
  /(\b(?:mysql|mariadb)[\w-]{0,20}(?: [^\n|;&]{0,200}?)? -p)("[^"\n]+"|'[^'\n]+'|[^\s"'|;&,.)][^\s"'|;&]*)/g
const otherPassword =
  /(\b(?:sshpass|(?:docker|podman|helm registry|az|oc|cf) login)\b(?: [^\n|;&]{0,200}?)? -p ?)("[^"\n]+"|'[^'\n]+'|[^\s"'|;&]+)/g

const mayHoldCard = /\d{3}[ -]?\d[ -]?\d{2}/
const cardCandidate = /(?<![\w.-])(?<!(?:^|[\s(:,;])\+)[2-6]\d(?:[ -]?\d){11,17}(?![\w-]|\.\d)/g
/** Behind a word for it, as in `card_4111…` and `pan-4111…`. */
const namedCard = /((?:card|pan|visa|amex|ccn|ccnum)[_.=:-]{0,2})([2-6]\d(?:[ -]?\d){11,17})(?![\w-]|\.\d)/gi
/** In the groups that stand on the card, with signs between them that other numbers have as well. */
const groupedCard =
  /(?<![\w.-])(?:[2-6]\d{3}([._/+\u00a0\u2007\u2009\u202f\u2010-\u2014]|%20|\s{2,3})\d{4}\1\d{4}\1\d{4}|3[47]\d\d([._/+\u00a0\u2007\u2009\u202f\u2010-\u2014]|%20|\s{2,3})\d{6}\2\d{5})(?![\w.-]*\d)/g

/** Issuers' prefixes and lengths. */
const cardShape =
  /^(?:220[0-4]\d{12}|4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720))\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:5018|5020|5038|6304|6759|676[1-3])\d{8,15})$/

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
  const { at, longRun, digits, dashes, manyDigits, options } = signs
  let now = text
  if (at && now.includes('://')) {
    now = now.replace(urlCredentials, `$1${filtered}@`).replace(storeCredentials, `$1${filtered}@`)
    if (longRun) now = now.replace(urlUser, `$1${filtered}@`)
  }
  if (at && now.includes('jdbc:oracle:')) now = now.replace(oracleCredentials, `$1${filtered}@`)
  if (now.includes(' ') && authorizationWord.test(now)) {
    if (longRun)
      now = now.replace(authorization, (_match, scheme, bearer) => `${scheme ?? bearer} ${filtered}`)
    now = now.replace(basicLetters, (match, head: string, letters: string) =>
      /^[\x20-\x7e]{1,200}:[\x20-\x7e]{0,1000}$/.test(Buffer.from(letters, 'base64').toString('latin1'))
        ? `${head}${filtered}`
        : match,
    )
  }
  if (longRun && now.includes('eyJ')) now = now.replace(webToken, `$1${filtered}`)
  if (dashes && now.includes('BEGIN ')) now = scrubPrivateKeys(now)
  if (longRun && (digits || lettersOnly.test(now)) && mayHoldServiceKey.test(now))
    now = now.replace(serviceKey, filtered)
  if (longRun && now.includes('://')) now = now.replace(webhook, `$1${filtered}`)
  if (longRun && now.includes('assw')) now = now.replace(resetPath, `$1${filtered}`)
  if (longRun && now.includes('AUTH')) now = now.replace(mailLogin, `$1${filtered}`)
  if (options && /mysql|mariadb/.test(now)) now = now.replace(mysqlPassword, `$1${filtered}`)
  if (options && /sshpass| login\b/.test(now)) now = now.replace(otherPassword, `$1${filtered}`)
  if (now.includes('curl ')) {
    now = now.replace(curlUser, `$1${filtered}`)
    now = now.replace(curlCookies, (match, head: string, cookies: string) =>
      cookies.includes('=') ? head + scrubCookies(cookies) : match,
    )
  }
  if (manyDigits && mayHoldCard.test(now)) {
    now = now
      .replace(cardCandidate, (match) => (isCard(match) ? filtered : match))
      .replace(namedCard, (match, name: string, number: string) =>
        isCard(number) ? `${name}${filtered}` : match,
      )
  }
  if (manyDigits) now = now.replace(groupedCard, (match) => (isCard(match) ? filtered : match))
  return now
}

function isCard(written: string): boolean {
  return isCardNumber(written.replaceAll('%20', '').replace(/\D/g, ''))
}

/** With what stands before the key inside of it; where the end is missing, as far as it may be a key. */
function scrubPrivateKeys(text: string): string {
  let out = ''
  let done = 0
  let hasEnd = true
  privateKeyStart.lastIndex = 0
  for (let start = privateKeyStart.exec(text); start; start = privateKeyStart.exec(text)) {
    const from = start.index + start[0].length
    privateKeyEnd.lastIndex = from
    const end = hasEnd ? privateKeyEnd.exec(text) : null
    if (!end) hasEnd = false
    const dash = text.indexOf('-', from)
    const to = end ? end.index + end[0].length : dash < 0 ? text.length : dash
    out += `${text.slice(done, start.index)}${filtered}`
    done = to
    privateKeyStart.lastIndex = to
  }
  return out + text.slice(done)
}

/** A Cookie header: the names stay, they say what was sent. */
export function scrubCookies(text: string): string {
  const now = text.replace(/=[^;]*/g, `=${filtered}`)
  return now.includes('=') ? now : filtered
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

// Which names (keys, headers, parameters, variables) stand before a secret, in any spelling.

/** Whole words of a name, after it is split at punctuation and case: `X-Api-Key` is `x api key`. */
const secretWords = new Set(
  (
    'password passwords passwd passwort passphrase passcode pwd pass secret secrets credential credentials ' +
    'authorization auth bearer token tokens jwt cookie cookies csrf xsrf csrftoken csrfmiddlewaretoken apikey accesskey privatekey ' +
    'sessionid phpsessid jsessionid cvv cvc iban ssn pin otp mnemonic creditcard cardnumber ccnumber signature'
  ).split(' '),
)

/** Words that mean a secret only together. */
const secretPairs = new Set(
  (
    'api key,access key,private key,secret key,signing key,encryption key,auth key,card number,credit card,' +
    'cc number,session id,session key,session token,security code,social security'
  ).split(','),
)

/** Names whose texts are secret; a list or object of that name is something else (a context, a model). */
const secretAsText = new Set(['session', 'sid', 'sess', 'card'])

/** Of secrets only these are numbers; `tokens: 12` or `auth: 1` counts or switches something. */
const secretNumbers =
  /(?:^|_)(?:pass|passw\w*|passcode|passphrase|pwd|pin|otp|cvv|cvc|ssn|iban|secrets?|card\w*|creditcard|ccnumber|number|code)(?:_|$)/

/** Names with a secret word in them that say something about it, and not what it is. */
const harmless =
  /(?:^|_)(?:public|length|len|size|count|type|kind|class|expires?|expiry|expiration|expires_(?:in|at)|expired|valid|present|exists?|strength|enabled|required|(?:changed|created|updated|issued|rotated)_at|limit|policy|provider|method|scheme|name|domain|path|url|uri|used|usage|total|error|status|count|rate)$|(?:^|_)public_|^(?:max|min|total|prompt|completion|input|output|cached|reasoning)_tokens$/

/** Something of each name above; all others need no closer look. */
const mayBeSecret =
  /pass|pwd|secret|cred|auth|bearer|token|jwt|cookie|csrf|xsrf|key|sess|sid|cvv|cvc|iban|ssn|pin|otp|mnemonic|card|cc|signature|code|social/i

export type Secrecy = {
  /** Texts under this name have to go. */
  readonly text: boolean
  /** Numbers as well. */
  readonly number: boolean
  /** Lists and objects as well. */
  readonly whole: boolean
}

const open: Secrecy = { text: false, number: false, whole: false }

const known = new Map<string, Secrecy>()

/** What has to go under this name. Remembered, since events repeat their names. */
export function secrecyOf(name: string): Secrecy {
  const remembered = known.get(name)
  if (remembered !== undefined) return remembered
  const secrecy = decide(name)
  // Bounded: a hostile client can send any number of names.
  if (known.size < 5_000 && name.length <= 200) known.set(name, secrecy)
  return secrecy
}

/** Is a text under this name a secret? */
export function isSecretName(name: string): boolean {
  return secrecyOf(name).text
}

function decide(name: string): Secrecy {
  if (name.length > 200 || !mayBeSecret.test(name)) return open
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const spelled = words.join('_')
  if (harmless.test(spelled)) return open
  const whole =
    words.some((word) => secretWords.has(word) || secretWords.has(word.replace(/\d+$/, ''))) ||
    words.some((word, i) => secretPairs.has(`${word} ${words[i + 1] ?? ''}`)) ||
    /^(?:my|db|user|admin|root|new|old|confirm|the)?(?:password|passwd|secret|apikey|authtoken|accesstoken|refreshtoken)$/.test(
      words.join(''),
    )
  if (whole) return { text: true, number: secretNumbers.test(spelled), whole: true }
  return secretAsText.has(spelled) ? { text: true, number: false, whole: false } : open
}

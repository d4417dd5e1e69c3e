// Which names (keys, headers, parameters, variables) stand before a secret, in any spelling.

/** Whole words of a name, after it is split at punctuation and case: `X-Api-Key` is `x api key`. */
const secretWords = new Set(
  (
    'password passwords passwd passwort passphrase passcode pwd pass secret secrets credential credentials ' +
    'authorization auth bearer token tokens jwt cookie cookies csrf xsrf csrftoken csrfmiddlewaretoken apikey accesskey privatekey ' +
    'sessionid phpsessid jsessionid cvv cvc cvn iban ssn pin otp totp mnemonic creditcard cardnumber ccnumber ' +
    'signature sig pw kennwort motdepasse mdp contrasena senha wachtwoord parola'
  ).split(' '),
)

/** Words that mean a secret only together. */
const secretPairs = new Set(
  (
    'api key,access key,private key,secret key,signing key,encryption key,auth key,card number,credit card,' +
    'cc number,cc num,session id,session key,session token,security code,social security,account number,' +
    'bank account,routing number,account key,shared key,ssh key,master key,seed phrase,recovery code'
  ).split(','),
)

/** Names whose texts are secret; a list or object of that name is something else (a context, a model). */
const secretAsText = new Set(['session', 'sid', 'sess', 'card'])

/** Of secrets only these are numbers; `tokens: 12` or `auth: 1` counts or switches something. */
const secretNumbers =
  /(?:^|_)(?:pass|passw\w*|passcode|passphrase|pwd|pin|otp|cvv|cvc|ssn|iban|secrets?|card\w*|creditcard|ccnumber|number|code)(?:_|$)/

/** Names with a secret word in them that say something about it, and not what it is. */
const harmless =
  /(?:^|_)(?:public|length|len|size|count|type|kind|class|expires?|expiry|expiration|expires_(?:in|at)|expired|valid|present|exists?|strength|enabled|required|(?:changed|created|updated|issued|rotated)_at|limit|policy|provider|method|scheme|name|domain|path|url|uri|used|usage|total|error|status|rate|controller|view|service|form|field|page|screen|route|handler|component|template|module|file|helper|validator|validation|middleware|mailer|model|reset|manager|factory|plugin|hint|label|placeholder)$|(?:^|_)public_|^(?:max|min|total|prompt|completion|input|output|cached|reasoning)_tokens$/

/** Something of each name above; all others need no closer look. */
export const mayBeSecret =
  /pass|pwd|pw|secret|cred|auth|bearer|token|jwt|cookie|csrf|xsrf|key|sess|sid|cv[vcn]|iban|ssn|pin|otp|mnemonic|card|cc|sig|code|social|kennwort|mdp|contrase|senha|wachtwoord|parola|number|account|phrase/i

export type Secrecy = {
  /** Texts under this name have to go. */
  readonly text: boolean
  /** Numbers as well. */
  readonly number: boolean
  /** Lists and objects as well. */
  readonly whole: boolean
}

/** Written as one word, e.g. `dbpassword`, `CLIENTSECRET`, `xcsrftoken`. */
const joined =
  /passw(?:or)?d(?!less)|passphrase|secret(?!ar|io)|apikey|accesskey|privatekey|authtoken|accesstoken|refreshtoken|idtoken|usertoken|devicetoken|sessiontoken|sessionid|sessid|csrf|xsrf|creditcard|cardnumber|cardnum|credential/

const open: Secrecy = { text: false, number: false, whole: false }

/** What people call one name: `X-Api-Key`, `xApiKey` and `x_api_key` are the same. */
function spelled(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9\u0080-\uffff]+/g, '')
}

/**
 * What has to go under a name, by our own rules and the project's. Remembered, since events repeat their names.
 * @param extra names whose values are secret as well, in any spelling
 * @param safe names whose values never are
 */
export function createSecrecy(extra: readonly string[], safe: readonly string[]): (name: string) => Secrecy {
  const known = new Map<string, Secrecy>()
  const extraNames = new Set(extra.map(spelled))
  const safeNames = new Set(safe.map(spelled))
  const find = (name: string): Secrecy => {
    if (safeNames.size > 0 && safeNames.has(spelled(name))) return open
    if (extraNames.size > 0 && extraNames.has(spelled(name))) return { text: true, number: true, whole: true }
    return decide(name)
  }
  return (name) => {
    const remembered = known.get(name)
    if (remembered !== undefined) return remembered
    const secrecy = find(name)
    // Bounded: a hostile client can send any number of names.
    if (known.size < 5_000 && name.length <= 200) known.set(name, secrecy)
    return secrecy
  }
}

function decide(name: string): Secrecy {
  if (name.length > 200 || !mayBeSecret.test(name)) return open
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const snake = words.join('_')
  if (harmless.test(snake)) return open
  const whole =
    words.some((word) => secretWords.has(word) || secretWords.has(word.replace(/\d+$/, ''))) ||
    words.some((word, i) => secretPairs.has(`${word} ${words[i + 1] ?? ''}`)) ||
    joined.test(words.join(''))
  if (whole) return { text: true, number: secretNumbers.test(snake), whole: true }
  return secretAsText.has(snake) ? { text: true, number: false, whole: false } : open
}

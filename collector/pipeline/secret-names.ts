// Which names (keys, headers, parameters, variables) stand before a secret, in any spelling.

/** Whole words of a name, after it is split at punctuation and case: `X-Api-Key` is `x api key`. */
const secretWords = new Set(
  (
    'password passwords passwd passwort passphrase passcode pwd pass secret secrets credential credentials ' +
    'authorization auth bearer token tokens jwt cookie cookies csrf xsrf csrftoken csrfmiddlewaretoken apikey accesskey privatekey ' +
    'sessionid phpsessid jsessionid cvv cvc cvn iban ssn pin otp totp mnemonic creditcard cardnumber ccnumber ' +
    'signature sig hmac pw kennwort motdepasse mdp contrasena senha wachtwoord parola passord kodeord ' +
    'adgangskode losenord salasana jelszo heslo haslo sifre aspxauth'
  ).split(' '),
)

/** Words that mean a secret only together. */
const secretPairs = new Set(
  (
    'api key,access key,private key,secret key,signing key,encryption key,decryption key,auth key,card number,' +
    'card no,credit card,cc number,cc num,session id,session key,session token,security code,security answer,' +
    'social security,account number,account no,bank account,routing number,passport number,account key,' +
    'shared key,ssh key,master key,rsa key,aes key,hmac key,cipher key,app key,client key,consumer key,' +
    'server key,subscription key,license key,activation key,wallet key,stripe key,seed phrase,' +
    'wallet seed,recovery code,backup code,verification code,factor code,mfa code,sms code,grant code,' +
    'authorization code,code verifier,oauth verifier,mot passe'
  ).split(','),
)

/** Names whose texts are secret; a list or object of that name is something else (a context, a model). */
const secretAsText = new Set(['session', 'sid', 'sess', 'card', 'clave'])

/** The cookie of a framework, also where it does not stand among cookies: `laravel_session`, `connect.sid`. */
const sessionCookie =
  /^(?:x|laravel|ci|rack|koa|express|connect|flask|play|php|user|login|admin|web|http)_(?:session|sid)$/

/** `_shop_session`, as Rails names it after the app. */
const railsCookie = /^_\w{1,100}_session$/

/** Of secrets only these are numbers; `tokens: 12` or `auth: 1` counts or switches something. */
const secretNumbers =
  /(?:^|_)(?:pass|passw\w*|passcode|passphrase|pwd|pin|otp|cvv|cvc|ssn|iban|secrets?|card\w*|creditcard|ccnumber|number|code)(?:_|$)/

/** Names with a secret word in them that say something about it, and not what it is. */
const harmless =
  /(?:^|_)(?:public|length|len|size|count|type|kind|class|expires?|expiry|expiration|expires_(?:in|at)|expired|valid|present|exists?|strength|enabled|required|(?:changed|created|updated|issued|rotated)_at|limit|policy|provider|method|scheme|name|domain|path|url|uri|used|usage|total|error|status|rate|controller|view|service|form|field|page|screen|route|handler|component|template|module|file|helper|validator|validation|middleware|mailer|model|reset|manager|factory|plugin|hint|label|placeholder|algorithm|algo|alg|format|version|mode|flow|state|consent|banner|symbol|decimals|address|ttl|age|duration|user_id)$|(?:^|_)public_|(?:^|_)(?:token|card|credential|signature|api_key)_id$|^(?:max|min|num|total|prompt|completion|input|output|cached|reasoning)_tokens$/

/** Something of each name above; all others need no closer look. */
export const mayBeSecret =
  /pass|pwd|pw|secret|cred|auth|bearer|token|jwt|cookie|csrf|xsrf|key|sess|sid|cv[vcn]|iban|ssn|pin|otp|mnemonic|card|cc|sig|hmac|code|social|kennwort|mdp|mot_?de|clave|contrase|senha|wachtwoord|parola|losenord|salasana|jelszo|heslo|haslo|sifre|mfa|number|account|answer|verifier|seed|phrase|identified/i

/** The same in other writings; they stand inside of a name, since not all of those put blanks between words. */
const foreignNames =
  /парол|секрет|токен|ключ.?(?:api|доступ)|密码|密碼|口令|令牌|密钥|密鑰|秘钥|暗証番号|パスワード|トークン|비밀번호|암호|토큰|סיסמ|كلمة.?(?:المرور|السر)|رمز.?عبور|mật.?khẩu|पासवर्ड|รหัสผ่าน|κωδικός|гасло|лозинка/iu

/** Written with marks that a name in plain letters is without: `contraseña`, `şifre`, `hasło`, `lösenord`. */
function withoutMarks(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ł', 'l')
    .replaceAll('Ł', 'L')
}

const isPlain = /^[\0-\x7f]*$/

/** Whether a text may hold a secret's name that is not in plain letters, or in fullwidth signs around one that is. */
export function mayBeForeignSecret(text: string): boolean {
  return foreignNames.test(text) || mayBeSecret.test(withoutMarks(text))
}

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
  /passw(?:or)?d(?!less)|passphrase|secret(?!ar|io)|apikey|accesskey|privatekey|authtoken|accesstoken|refreshtoken|idtoken|usertoken|devicetoken|sessiontoken|sessionid|sessid|csrf|xsrf|creditcard|cardnumber|cardnum|credential|motdepasse|onetimecode/

/** `DBPASS`, `rootpw`; not `bypass` or `compass`. */
const joinedPass =
  /^(?:db|root|user|admin|smtp|ftp|mail|email|ldap|redis|my|mysql|pg|postgres|mongo|sql|login|bind|proxy|http|key|trust|store|cert|ssh|vpn|wifi|api|app)(?:pass|pw|pwd)$/

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

function decide(written: string): Secrecy {
  if (written.length > 200) return open
  const isForeign = !isPlain.test(written)
  if (isForeign && foreignNames.test(written)) return { text: true, number: true, whole: true }
  const name = isForeign ? withoutMarks(written) : written
  if (!mayBeSecret.test(name)) return open
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
    words.some((word) => joinedPass.test(word)) ||
    words.some((word, i) => secretPairs.has(`${word} ${(words[i + 1] ?? '').replace(/s$/, '')}`)) ||
    joined.test(words.join(''))
  if (whole) return { text: true, number: secretNumbers.test(snake), whole: true }
  const asText = secretAsText.has(snake) || sessionCookie.test(snake) || railsCookie.test(name)
  return asText ? { text: true, number: false, whole: false } : open
}

// The spellings in which one secret is written: names in other languages and with prefixes, texts of many programs and
// languages, keys of services, card numbers with other signs between their digits. Beside each kind stands what looks
// like it and has to stay.
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../collector/pipeline/event.ts'
import { scrub, scrubberOf } from '../../collector/pipeline/scrub.ts'
import { defaultScrubbing } from '../../collector/pipeline/scrubbing-settings.ts'

const secret = 'Tr0ub4dorX9'

function cleaned(wire: unknown): string {
  const { wire: clean, removed } = scrub(wire as JsonObject)
  expect(removed).not.toEqual([])
  // a second time changes nothing
  expect(scrub(clean)).toEqual({ wire: clean, removed: [] })
  return JSON.stringify(clean)
}

describe('a name', () => {
  test.each([
    // with what stands before it
    ...['rootpw', 'DBPASS', 'smtppass', 'x-session', 'laravel_session', 'rack.session', '_shop_session'],
    ...['connect.sid', '.ASPXAUTH', 'hmac', 'STRIPE_KEY', 'Ocp-Apim-Subscription-Key', 'app_key', 'rsa_key'],
    ...['aesKey', 'client_key', 'consumerKey', 'licenseKey', 'activation_key', 'wallet_key', 'walletSeed'],
    // codes and answers
    ...['verificationCode', 'mfa_code', 'two_factor_code', 'one_time_code', 'sms_code', 'backup_codes'],
    ...['recovery_codes', 'securityAnswer', 'grant_code', 'codeVerifier', 'oauth_verifier', 'card_no'],
    ...['account_no', 'passportNumber'],
    // in other languages
    ...['пароль', 'Пароль пользователя', 'токен', 'ключ_api', '密码', '密碼', '令牌', '秘钥', 'パスワード'],
    ...['暗証番号', '비밀번호', 'סיסמה', 'كلمة_المرور', 'पासवर्ड', 'contraseña', 'clave', 'mot_de_passe'],
    ...['motDePasse', 'hasło', 'şifre', 'lösenord', 'Mật khẩu'],
  ])('of a secret: %s', (name) => {
    expect(cleaned({ extra: { [name]: secret } })).not.toContain(secret)
  })

  test.each([
    ...['token_id', 'card_id', 'token_symbol', 'tokenAddress', 'auth_user_id', 'signature_algorithm'],
    ...['cookie_consent', 'cookie_banner', 'auth_mode', 'authState', 'num_tokens', 'session_storage'],
    ...['primary_key', 'sort_key', 'cache_key', 'translation_key', 'idempotency_key', 'keyCode', 'bypass'],
    ...[
      'compass',
      'classpass',
      'training_session',
      'message_sid',
      'ключевое_слово',
      '关键词',
      'größe',
      'naïve',
    ],
  ])('of none: %s', (name) => {
    expect(scrub({ extra: { [name]: 'u_12' } }).removed).toEqual([])
  })
})

describe('a text', () => {
  test.each([
    ['credentials with signs of URLs in them', `postgres://app:#/?${secret}@db/x`],
    ['credentials of Oracle', `jdbc:oracle:thin:scott/${secret}@//db:1521/x`],
    ['a key as the user of a URL', `https://${secret}abc1234567890@git.example/a.git not found`],
    ['a name in Cyrillic', `пароль=${secret}&x=1`],
    ['a name in Cyrillic, in JSON that was cut', `{"пароль":"${secret}", "x`],
    ['a name in Chinese before a wide colon', `密码：${secret}`],
    ['a wide colon', `password：${secret}`],
    ['more blanks', `password:  ${secret}`],
    ['a tab', `password:\t${secret}`],
    ['a blank before the colon', `password : ${secret}`],
    ['an arrow', `password => ${secret}`],
    ['an assignment of Go', `password:=${secret}`],
    ['bars between', `user|mira|password=${secret}|x`],
    ['a sentence that quotes it', `Invalid password '${secret}' for user mira`],
    ['a sentence about a key', `Incorrect API key provided: ${secret}.`],
    ['another scheme', `Authorization: ApiKey ${secret}`],
    ['Kerberos', `Authorization: Negotiate ${secret}${secret}`],
    ['a scheme with parameters', `Authorization: Digest username="mira", realm="x", response="${secret}"`],
    ['headers of Python', `[('Authorization', 'Token ${secret}'), ('Accept', '*/*')]`],
    ['headers of Python, in bytes', `[(b'authorization', b'Bearer ${secret}'), (b'cookie', b'sid=1')]`],
    ['cookies of Python', `(('Cookie', 'sid=${secret}; a=b'),)`],
    ['headers of Go', `map[Authorization:[Bearer ${secret}] Accept:[*/*]]`],
    ['cookies of Go', `map[Accept:[*/*] Cookie:[theme=1; x=${secret}]]`],
    ['headers of Java', `{Authorization=[Bearer ${secret}], Accept=[*/*]}`],
    ['headers of Node', `Headers { authorization: [ 'Bearer ${secret}' ] }`],
    ['pairs of Node', `[ [ 'password', '${secret}' ] ]`],
    ['cookies for curl', `curl -b 'sid=${secret}' https://x.example`],
    ['a password for sshpass', `sshpass -p ${secret} ssh a@b`],
    ['a password for docker', `docker login -u a -p ${secret} registry.example`],
    ['a password in SQL', `ALTER USER app WITH PASSWORD '${secret}'`],
    ['a password of MySQL', `CREATE USER 'a' IDENTIFIED BY '${secret}'`],
    ['a column in quotes', `UPDATE users SET "password" = '${secret}', "x" = 1`],
    ['a column of MySQL', `UPDATE \`users\` SET \`password\` = '${secret}'`],
    ['values for columns', `INSERT INTO users (email, password) VALUES ('a''b', '${secret}')`],
    [
      'values for columns, unquoted',
      `insert into \`users\` (\`email\`, \`password\`, \`at\`) values (a@b.c, ${secret}, 2026-11-20)`,
    ],
    ['a key that exists', `DETAIL:  Key (api_key)=(${secret}) already exists.`],
    ['an entry that exists', `Duplicate entry '${secret}' for key 'users.api_key'`],
    ['JSON in JSON in JSON', `"{\\\\\\"password\\\\\\":\\\\\\"${secret}\\\\\\"}"`],
    ['an address in an address, encoded twice', `/?r=%252Fcb%253Ftoken%253D${secret}`],
    ['a field of a page', `<input type="password" name="x" value="${secret}">`],
    ['a selector', `input[name="password"][value="${secret}"]`],
    ['a key in a query', `/api?v=1&key=${secret}${secret}`],
    ['the link of a mail', `GET /reset-password/${secret}${secret} 404`],
    ['JSON in an address', `GET /x?data=%7B%22password%22%3A%22${secret}%22%7D`],
    ['JSON in HTML', `{&quot;password&quot;:&quot;${secret}&quot;}`],
    ['JSON with escaped quotes', `{\\u0022password\\u0022:\\u0022${secret}\\u0022}`],
    ['an option of Rust', `Login { password: Some("${secret}") }`],
    ['an optional of Swift', `Login(password: Optional("${secret}"))`],
    ['var_dump of PHP', `["password"]=>\n  string(11) "${secret}"`],
    ['serialize of PHP', `a:1:{s:8:"password";s:11:"${secret}";}`],
    ['a map of Scala', `Map(password -> ${secret})`],
    ['an object of Ruby', `#<Login @user="a", @password="${secret}">`],
    ['a block of YAML', `user: a\npassword: >-\n  ${secret}\nport: 1`],
    ['assignments in quotes behind another name', `level=info msg="login password=${secret}" x=1`],
    ['a namespace before the name', `<u:x wsse:Password='${secret}'/>`],
    ['an element named by an attribute', `<entry key="password">${secret}</entry>`],
    ['a setting of XML', `<add key="password" value="${secret}"/>`],
    ['character data', `<password><![CDATA[${secret}]]></password>`],
    ['a token of a page', `<meta name="csrf-token" content="${secret}">`],
    ['a password of SQL', `SET PASSWORD FOR 'a'@'%' = '${secret}'`],
    ['a list of SQL', `WHERE api_key IN ('${secret}')`],
    ['an array of SQL', `WHERE "api_key" = ANY('{${secret}}')`],
    ['an inequality of SQL', `WHERE password <> '${secret}'`],
    ['an option with a slash', `app.exe /password:${secret}`],
    ['credentials for SMTP', `AUTH PLAIN ${Buffer.from('\0mira\0hunter2').toString('base64')}`],
    ['basic credentials without a digit', 'sent Basic bWlyYTpodWssZXJzZWNyZXQ='],
    ['a bearer value without a digit', 'header Bearer abcdefghijklmnopqrstuvwxyz'],
  ])('with %s', (_what, text) => {
    expect(cleaned({ message: text })).not.toMatch(/Tr0ub4dorX9|bWlyY|AG1pcm|abcdefghij/)
  })

  test.each([
    "undefined method `token' for nil:NilClass",
    "undefined method 'password=' for an instance of User",
    "KeyError: 'api_key'",
    'auth.service.ts:42 and token (auth.js:12:5)',
    'session: 12 active, tokens: [12, 15, 99], lexer tokens: [IDENT, EOF]',
    'errors: {password: ["is too short"]}',
    'Map: {"tokens":12}',
    'Secret "db-credentials-2" not found in namespace "shop"',
    'Unexpected token \'e\', "export default" is not valid JSON',
    "f('token', 'password'), call(token, user)",
    'API key not valid. Please pass a valid API key.',
    'access token is expired',
    'Bearer error="invalid_token", WWW-Authenticate: Bearer realm="shop"',
    'Basic HttpAuthenticationEntryPoint failed',
    'UPDATE users SET password = ? WHERE id = ?',
    'SELECT 1 FROM "users" WHERE "users"."reset_token" = $1 AND pin = :pin AND token = @p0 AND sid = %s',
    'INSERT INTO "users" ("email","password_digest") VALUES ($1, $2) RETURNING "id"',
    "Key (email)=(a@b.example) already exists. Duplicate entry 'mira' for key 'users.email'",
    'button[type="submit"][name="token"]',
    'https://s3.example/b?key=uploads/2026/photo.jpg and ?key=3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    '/reset-password/success, /password_resets/new, /verify/email',
    'redis://cache:6379/0 lost; tell mira@shop.example',
    'https://0123456789abcdef0123456789abcdef@o1.ingest.example/4505',
    '关键词：a1b2c3 größe: 12',
    'Pin: 3 of 5 placed, card: 3 of hearts, tests pass: 12, secrets: 3 found',
    'auth: oauth2, credentials: include, credentials=omit, csrf: disabled, otp: sent, authorization=denied',
    'Authorization: Basic auth is disabled',
    'code=ECONNREFUSED state=1, code=E1001&state=ready',
    'GET /?key=cart-summary-page-2026-11 and ?key=landing_page_variant_2',
    '/app/reset-password/index-a1b2c3d4e5f6a7b8.js',
    'Foo { password: None, token: Some(_) }',
    'secrets:\n  name: db-1\n  kind: >-\n    Opaque2',
    'Foo<Token> -> Bar2, session -> closed, WHERE pin IN (?)',
    '<entry key="port">5432</entry> <input name="quantity" value="12"> <meta name="viewport" content="width=1">',
    'msg="user=mira id=12" Some("x1") Optional(12)',
  ])('stays: %s', (text) => {
    expect(scrub({ message: text })).toEqual({ wire: { message: text }, removed: [] })
  })
})

describe('a key of a service', () => {
  const hex = '0123456789abcdef'
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  // Built from parts: repositories are searched for such keys.
  test.each([
    ['GOCSPX-', `${letters}12`],
    ['1//0g', `${letters}-ABCDEF0123456789`],
    ['xapp-', '1-A0123456789-1234567890123-abcdef0123456789'],
    ['xoxe.', 'xoxp-1-Mi0yLTEyMzQ1Njc4OTAxMjM0'],
    ['glrt-', 'ABCdef1234567890xyzQ'],
    ['sntryu_', hex.repeat(4)],
    ['hf_', `${letters}ABCDEF12`],
    ['lin_api_', `${letters}ABCDEFGH0123456789`],
    ['NRAK-', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0'],
    ['dckr_pat_', `${letters}0`],
    ['sbp_', `${hex}${hex}01234567`],
    ['gsk_', `${letters}ABCDEFGHIJKLMNOPQRSTUVWXYZ12`],
    ['pscale_tkn_', `${letters}ABCDEFGH1`],
    ['PMAK-', `${hex}01234567-${hex}${hex}01`],
    ['ATATT3', `xFfGF0${letters}0123456789`],
    ['123456789:', 'AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0'],
    ['rubygems_', hex.repeat(3)],
    ['abc8Q~', '0123456789abcdefghijklmnopqrstuvwx'],
  ])('%s… is known', (prefix, rest) => {
    const text = cleaned({ message: `used ${prefix}${rest} today` })
    expect(text).not.toContain(rest)
    expect(text).toMatch(/used .*\[Filtered\].* today/)
  })

  test('is known though it is cut, has a word before it or five parts', () => {
    const [head, body, mark] = [
      'eyJhbGciOiJIUzI1NiJ9',
      'eyJzdWIiOiIxMjM0NTY3ODkwIn0',
      'dozjgNryP4J3jVmNHl0w5N',
    ]
    for (const token of [
      `${head}.${body}…`,
      `token_${head}.${body}.${mark}`,
      `sso-${head}.${body}.${mark}`,
      `${head}%2E${body}%2E${mark}`,
      `${head}.${mark}.${mark}.${mark}.${mark}`,
    ]) {
      const text = cleaned({ message: `got ${token} back` })
      expect([token, text.includes(body), text.includes(mark)]).toEqual([token, false, false])
    }
  })

  test.each([
    'task-runner-sk-something-very-long-name-here-1',
    'risk-based sk-learn, disk-usage, hf_hub_download, gl-matrix-array-type-12',
    'app/lib_access_token_refresher_service_v2.rb',
  ])('stays what is none: %s', (text) => {
    expect(scrub({ message: text }).removed).toEqual([])
  })
})

describe('a private key', () => {
  const line = 'MIIEowIBAAKCAQEAzexampleexample12'
  test.each([
    [
      'with headers in it',
      `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n${line}\n-----END RSA PRIVATE KEY-----`,
    ],
    ['of PGP', `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${line}\n-----END PGP PRIVATE KEY BLOCK-----`],
    [
      'of SSH2',
      `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${line}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
    ],
    ['without an end', `-----BEGIN EC PRIVATE KEY-----\n${line}`],
  ])('%s is removed', (_what, text) => {
    const clean = cleaned({ message: `before ${text}`, extra: { note: `${text} after` } })
    expect(clean).not.toMatch(/MIIEo|Proc-Type/)
    expect(clean).toContain('before ')
  })

  test('is removed from the lines of a source that holds it, which stay otherwise', () => {
    const pre_context = ['key = """', '-----BEGIN RSA PRIVATE KEY-----', line, 'use(key)']
    const clean = cleaned({ stacktrace: { frames: [{ pre_context, context_line: 'use(key)' }] } })
    expect(clean).not.toContain(line)
    expect(clean).toContain('"use(key)"')
  })
})

describe('a card number', () => {
  test.each([
    '4111.1111.1111.1111',
    '4111\u00a01111\u00a01111\u00a01111',
    '4111\u20131111\u20131111\u20131111',
    '4111/1111/1111/1111',
    '4111_1111_1111_1111',
    '4111  1111  1111  1111',
    '4111+1111+1111+1111',
    '4111%201111%201111%201111',
    '3782.822463.10005',
    '2200123456789019',
    'card_4111111111111111',
    'pan-4111111111111111',
  ])('%s is removed', (number) => {
    expect(cleaned({ message: `a=${number}&b=1`, extra: { n: `paid by ${number}.` } })).not.toMatch(
      /1111|8901|8224/,
    )
  })

  test('is removed where it names a member', () => {
    const clean = cleaned({ extra: { '4111111111111111': 1, plain: 2 } })
    expect(JSON.parse(clean)).toEqual({ extra: { '[Filtered]': 1, plain: 2 } })
    // nor does the list of what was removed name it
    const deeper = scrub({ extra: { '4111111111111111': { password: secret } } })
    expect(deeper.removed).toEqual(['extra.[Filtered]', 'extra.[Filtered].password'])
  })

  test.each([
    '4111.1111.1111.1112',
    '+4111 1111 1111 1111',
    'snowflake 1143221234567890123, microseconds 1763636363636363',
    'uuid 41111111-1111-4111-8111-111111111111, hex 0x4111111111111111, 0.4111111111111111',
    'discard_4111111111111112',
  ])('%s is none', (text) => {
    expect(scrub({ message: text }).removed).toEqual([])
  })
})

describe('in the shapes of an event', () => {
  test.each<[string, unknown]>([
    ['raw headers of Node', { extra: { rawHeaders: ['Host', 'x', 'X-Api-Key', secret, 'Accept', '*/*'] } }],
    ['names and values in capitals', { extra: { f: [{ Name: 'password', Value: secret }] } }],
    ['fields of a form', { extra: { f: [{ field: 'password', value: secret }] } }],
    ['inputs by id', { extra: { f: [{ id: 'password', value: secret }] } }],
  ])('%s', (_what, wire) => {
    expect(cleaned(wire)).not.toContain(secret)
  })

  test('two names in a list are no name and its value', () => {
    expect(scrub({ extra: { params: ['password', 'token'] } }).removed).toEqual([])
  })
})

test('addresses that name members go where a project wants them removed, and stay elsewhere', () => {
  const wire = {
    extra: { byMail: { 'a@b.de': 1 }, byHost: { '10.0.0.1': 2, '::1': 3 }, plain: { count: 4 } },
  }
  const scrubber = scrubberOf({ ...defaultScrubbing, emails: 'remove', ipAddresses: 'remove' })
  expect(scrubber.scrub(wire).wire).toEqual({
    extra: { byMail: { '[Filtered]': 1 }, byHost: { '[Filtered]': 3 }, plain: { count: 4 } },
  })
  expect(scrub(wire)).toEqual({ wire, removed: [] })
})

// Secrets in every place of an event are removed and listed; what debugging needs stays.
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../collector/pipeline/event.ts'
import { scrub } from '../../collector/pipeline/scrub.ts'
import { scrubText } from '../../collector/pipeline/scrub-text.ts'
import { createSecrecy } from '../../collector/pipeline/secret-names.ts'
import { readWire } from '../support/facts.ts'

const secrecyOf = createSecrecy([], [])
const isSecretName = (name: string) => secrecyOf(name).text

/** The one secret that must be nowhere afterwards. */
const secret = 'hunter2-S3cr3t'
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'

describe('a secret', () => {
  test.each<[string, JsonObject, string]>([
    [
      'a header',
      { request: { headers: { Authorization: `Bearer ${secret}` } } },
      'request.headers.Authorization',
    ],
    ['a header of a list of pairs', { request: { headers: [['X-Api-Key', secret]] } }, 'request.headers.0.1'],
    [
      'a cookie header',
      { request: { headers: { Cookie: `a=${secret}; b=${secret}` } } },
      'request.headers.Cookie',
    ],
    [
      'a set-cookie header',
      { request: { headers: { 'Set-Cookie': `a=${secret}; Path=/` } } },
      'request.headers.Set-Cookie',
    ],
    ['cookies as a text', { request: { cookies: `basket=${secret}` } }, 'request.cookies'],
    ['cookies as an object', { request: { cookies: { basket: secret } } }, 'request.cookies.basket'],
    ['cookies as pairs', { request: { cookies: [['basket', secret]] } }, 'request.cookies.0'],
    [
      'a query string',
      { request: { query_string: `a=1&access_token=${secret}&b=2` } },
      'request.query_string',
    ],
    [
      'a query as an object',
      { request: { query_string: { api_key: secret } } },
      'request.query_string.api_key',
    ],
    ['a query as pairs', { request: { query_string: [['session', secret]] } }, 'request.query_string.0.1'],
    ['a URL', { request: { url: `https://shop.example/reset?token=${secret}#x` } }, 'request.url'],
    ['a URL fragment', { request: { url: `https://shop.example/#access_token=${secret}` } }, 'request.url'],
    ['credentials of a URL', { extra: { db: `postgres://shop:${secret}@db.example/shop` } }, 'extra.db'],
    [
      'credentials of a URL in a message',
      { message: `cannot reach redis://:${secret}@cache:6379` },
      'message',
    ],
    [
      'a frame variable',
      { exception: { values: [{ stacktrace: { frames: [{ vars: { db_password: `'${secret}'` } }] } }] } },
      'exception.values.0.stacktrace.frames.0.vars.db_password',
    ],
    [
      'an object in a frame variable',
      { stacktrace: { frames: [{ vars: { config: { smtp: { passwd: secret } } } }] } },
      'stacktrace.frames.0.vars.config.smtp.passwd',
    ],
    [
      'a printed dictionary in a variable',
      { stacktrace: { frames: [{ vars: { config: `{'password': '${secret}', 'port': 1}` } }] } },
      'stacktrace.frames.0.vars.config',
    ],
    ['extra, nested', { extra: { a: [{ b: { clientSecret: secret } }] } }, 'extra.a.0.b.clientSecret'],
    ['a whole object', { extra: { credentials: { user: 'x', value: secret } } }, 'extra.credentials'],
    [
      'a breadcrumb',
      { breadcrumbs: { values: [{ data: { url: `/login?password=${secret}` } }] } },
      'breadcrumbs.values.0.data.url',
    ],
    [
      'the data of a breadcrumb',
      { breadcrumbs: [{ data: { headers: { 'x-csrf-token': secret } } }] },
      'breadcrumbs.0.data.headers.x-csrf-token',
    ],
    [
      'a message of a breadcrumb',
      { breadcrumbs: [{ message: `login user=mira password=${secret}` }] },
      'breadcrumbs.0.message',
    ],
    ['a tag', { tags: { auth_token: secret } }, 'tags.auth_token'],
    ['a tag of a list', { tags: [{ key: 'auth_token', value: secret }] }, 'tags.0.value'],
    ['form data', { request: { data: `user=mira&password=${secret}&x=1` } }, 'request.data'],
    ['form data with encoded names', { request: { data: `user%5Bpassword%5D=${secret}` } }, 'request.data'],
    [
      'JSON in a text',
      { request: { data: `{"user":"mira","pass_word":1,"password":"${secret}"}` } },
      'request.data.password',
    ],
    [
      'JSON that was cut',
      { request: { data: `{"user":"mira","password":"${secret}","x":"…` } },
      'request.data',
    ],
    [
      'JSON in JSON',
      { request: { data: JSON.stringify({ body: JSON.stringify({ token: secret }) }) } },
      'request.data.body.token',
    ],
    [
      'JSON in JSON that was cut',
      { request: { data: `{"body":"{\\"token\\":\\"${secret}\\"}` } },
      'request.data',
    ],
    [
      'a request body as an object',
      { request: { data: { card: { number: '4111', cvv: 123 }, password: secret } } },
      'request.data.password',
    ],
    [
      'the environment of a request',
      { request: { env: { HTTP_AUTHORIZATION: secret } } },
      'request.env.HTTP_AUTHORIZATION',
    ],
    ['a context', { contexts: { login: { refreshToken: secret } } }, 'contexts.login.refreshToken'],
    ['the user', { user: { id: 7, session_id: secret } }, 'user.session_id'],
    [
      'an exception value',
      { exception: { values: [{ value: `GET /api?api_key=${secret} failed` }] } },
      'exception.values.0.value',
    ],
    [
      'params of a log entry',
      { logentry: { message: 'x %s', params: [{ secret }] } },
      'logentry.params.0.secret',
    ],
    [
      'the long names of Raven',
      { 'sentry.interfaces.Http': { cookies: `a=${secret}` } },
      'sentry.interfaces.Http.cookies',
    ],
    [
      'an address of a git package',
      { modules: { shop: `git+https://ci:${secret}@git.example/shop` } },
      'modules.shop',
    ],
    [
      'a source line with credentials',
      { stacktrace: { frames: [{ context_line: `connect('amqp://a:${secret}@mq')` }] } },
      'stacktrace.frames.0.context_line',
    ],
  ])('in %s is removed and listed', (_where, wire, path) => {
    const before = JSON.stringify(wire)
    const { wire: clean, removed } = scrub(wire)
    expect(JSON.stringify(clean)).not.toContain(secret)
    expect(JSON.stringify(clean)).toContain('[Filtered]')
    expect(removed).toContain(path)
    expect(JSON.stringify(wire)).toBe(before)
    expect(JSON.stringify(readWire(clean))).not.toContain(secret)
    // a second time changes nothing and lists nothing
    expect(scrub(clean)).toEqual({ wire: clean, removed: [] })
  })

  test.each<[string, string]>([
    ['a bearer value', `curl -H "Authorization: Bearer ${'a1B2'.repeat(8)}"`],
    ['basic credentials', 'sent Basic bWlyYTpodW50ZXIyaHVudGVyMg=='],
    ['a JSON web token', `got ${jwt} from client`],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----'],
  ])('of the form of %s is removed from any text', (_what, text) => {
    const { wire, removed } = scrub({ message: text, extra: { note: text } })
    expect(String(wire.message)).toContain('[Filtered]')
    expect(String(wire.message)).not.toMatch(/a1B2a1B2|bWlyYT|eyJhbG|MIIEp/)
    expect(removed).toEqual(['message', 'extra.note'])
  })

  test.each([
    ['key of a service', 'sent xoxb-a1B2a1B2a1 today'],
    ['word after bearer', 'sent bearer a1B2a1B2a1B2a1B2'],
    ['card number', 'paid with 4222222222222'],
    ['credentials in a URL', 'see ab://u:p@h'],
    ['option', 'run --pin a1B2'],
    ['encoded parameter', 'a%26pin%3Da1B2'],
    ['element', '<pin>a1B2</pin>'],
    ['header', 'Pin: a1B2'],
    ['assignment', 'pin=a1B2'],
    ['printed member', "{'pin'=>'a1B2'}"],
    ['private key', '-----BEGIN PRIVATE KEY-----a1B2-----END PRIVATE KEY-----'],
  ])('is found though it is the shortest %s there is', (_what, text) => {
    expect(scrub({ message: text }).wire.message).toMatch(/\[Filtered\]/)
    expect(scrub({ message: `ä ${text} ö` }).wire.message).toMatch(/^ä .*\[Filtered\].* ö$/)
  })

  test('keeps what stands around it', () => {
    expect(scrubText('login user=mira password=x1 failed', isSecretName)).toBe(
      'login user=mira password=[Filtered] failed',
    )
    expect(scrubText('/a?b=1&token=x&c=2#d', isSecretName)).toBe('/a?b=1&token=[Filtered]&c=2#d')
    expect(scrubText("{'password': 'it\\'s', 'port': 1}", isSecretName)).toBe(
      "{'password': \"[Filtered]\", 'port': 1}",
    )
    expect(scrub({ request: { cookies: { basket: '1' }, headers: { Cookie: 'a=1; b=2' } } }).wire).toEqual({
      request: { cookies: { basket: '[Filtered]' }, headers: { Cookie: 'a=[Filtered]; b=[Filtered]' } },
    })
    expect(scrub({ request: { data: '{"a": 1, "pin": 1234}' } }).wire).toEqual({
      request: { data: '{"a":1,"pin":"[Filtered]"}' },
    })
  })
})

describe('what is no secret stays', () => {
  test.each<[string, JsonObject]>([
    [
      'a function named token',
      {
        stacktrace: {
          frames: [{ function: 'token', module: 'password', filename: 'password_reset_controller.rb' }],
        },
      },
    ],
    [
      'source lines',
      {
        stacktrace: {
          frames: [
            {
              pre_context: ['const token = await getToken()', 'password=secret'],
              context_line: 'if (password="x") { token: "abc" }',
              post_context: ['secret', 'x = {"token": value}'],
            },
          ],
        },
      },
    ],
    ['a context of a session', { contexts: { session: { id: 's1', started: 12 } } }],
    [
      'numbers of tokens',
      { extra: { tokens_used: 12, maxTokens: 4096, totalTokens: 99, token_count: 7, tokens: 3 } },
    ],
    ['route and culprit', { transaction: 'POST /password/reset', culprit: 'auth.token.refresh' }],
    [
      'names of exceptions',
      {
        exception: {
          values: [
            {
              type: 'InvalidTokenError',
              value: 'Unexpected token < in JSON at position 0',
              module: 'auth.token',
            },
          ],
        },
      },
    ],
    [
      'a parser that expected another token',
      { message: 'SyntaxError: Unexpected token internationalisation' },
    ],
    ['a wrong password', { message: 'Validation failed: Password is too short (minimum is 8 characters)' }],
    [
      'names of packages',
      { modules: { cookie: '0.7.1', jsonwebtoken: '9.0.0', secrets: '1.0', 'csrf-token': '2' } },
    ],
    ['a fingerprint', { fingerprint: ['token', 'refresh failed'] }],
    [
      'assembly names',
      {
        exception: {
          values: [{ module: 'System.Private.CoreLib, Version=9.0.0.0, PublicKeyToken=7cec85d7bea7798e' }],
        },
      },
    ],
    [
      'what a client cut away',
      { _meta: { request: { headers: { Authorization: { '': { rem: [['!config', 'x', 0, 10]] } } } } } },
    ],
    ['null, empty, booleans', { extra: { password: null, token: '', secret: true, auth: false } }],
    [
      'what a client filtered itself',
      { request: { headers: { cookie: '[Filtered]', authorization: '[Filtered]' } } },
    ],
    [
      'an address with a port and a mail address',
      { message: 'see http://shop.example:8080/a?mail=a@b.example' },
    ],
    [
      'facts about secrets',
      {
        extra: {
          token_type: 'Bearer',
          auth_method: 'oauth',
          password_changed_at: '2026-01-01',
          cookie_name: 'sid',
          tokenExpiresIn: 60,
        },
      },
    ],
    [
      'the user',
      { user: { id: '7', email: 'mira@shop.example', ip_address: '203.0.113.7', username: 'mira' } },
    ],
    ['a trace', { contexts: { trace: { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) } } }],
  ])('%s', (_what, wire) => {
    const { wire: clean, removed } = scrub(wire)
    expect(removed).toEqual([])
    expect(clean).toBe(wire)
  })

  test('at the top level of a pair that only looks like one', () => {
    expect(scrub({ extra: { words: ['token', 'a', 'b'] } }).removed).toEqual([])
  })
})

describe('names', () => {
  test.each([
    'password',
    'Password',
    'DB_PASSWORD',
    'userPassword',
    'password2',
    'pass',
    'pwd',
    'passwd',
    'passphrase',
    'secret',
    'client_secret',
    'clientSecret',
    'aws-secret-access-key',
    'X-Api-Key',
    'apiKey',
    'APIKEY',
    'api_key',
    'private_key',
    'Authorization',
    'Proxy-Authorization',
    'HTTP_AUTHORIZATION',
    'auth',
    'access_token',
    'refreshToken',
    'X-CSRF-Token',
    'csrfmiddlewaretoken',
    '_csrf',
    'xsrf',
    'cookie',
    'Set-Cookie',
    'session_id',
    'sessionid',
    'JSESSIONID',
    'PHPSESSID',
    'sid',
    'credit_card',
    'card_number',
    'cvv',
    'ssn',
    'pin',
    'otp',
    'jwt',
    'credentials',
    'user[password]',
  ])('%s is secret', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  test.each([
    'bypass',
    'compass',
    'passenger',
    'passed',
    'author',
    'authors',
    'author_id',
    'pinned',
    'spin',
    'shipping',
    'keyboard',
    'key',
    'keys',
    'public_key',
    'monkey',
    'secretary',
    'tokens_used',
    'tokenizer',
    'max_tokens',
    'password_length',
    'cardinality',
    'discard',
    'session_count',
    'cookie_name',
    'id',
    'name',
    'status_code',
    'zip_code',
    'signatures_count',
    'option',
    'optional',
    'accessed',
    'authority',
    'authenticated',
    'x'.repeat(300),
  ])('%s is not', (name) => {
    expect(isSecretName(name)).toBe(false)
  })

  test('of eight megabytes of hostile text are looked for in seconds', { timeout: 60_000 }, () => {
    const size = 8_000_000
    for (const piece of [
      'a=',
      '?a=b&',
      ' a="',
      '"a": "',
      '\\"a\\":\\"',
      'http://a:',
      'bearer ',
      'eyJ',
      'eyJaaaaaaaa.',
      '-----BEGIN ',
      "'",
      '":',
      "(b'a', '",
      "password '",
      'пароль=',
      'authorization: Digest ',
      'cookie=[',
      '<input value="',
      "(password) values ('",
      'Key (a)=(',
      '%25253F',
      'a_eyJ',
      '4111.',
      '-----BEGIN PRIVATE KEY-----',
    ]) {
      const start = process.cpuUsage()
      scrubText(piece.repeat(size / piece.length), isSecretName)
      expect([piece, process.cpuUsage(start).user / 1000 < 4_000]).toEqual([piece, true])
    }
    for (const text of [
      `bearer ${'a1'.repeat(size / 2)}`,
      `"password": "${'x'.repeat(size)}`,
      `token=${'x'.repeat(size)}`,
    ]) {
      expect(scrubText(text, isSecretName).length).toBeLessThan(size)
    }
  })
})

// Real-looking secrets in odd places, each by a text as somebody's program might write it, and what looks like one
// and is none: the former are gone, the latter stay as they are.
import { expect, test } from 'vitest'
import type { JsonObject } from '../../collector/pipeline/event.ts'
import { scrub } from '../../collector/pipeline/scrub.ts'

type Case = [what: string, secret: string, wire: (s: string) => unknown]
const msg = (t: (s: string) => string) => (s: string) => ({ message: t(s) })
const ex = (t: (s: string) => string) => (s: string) => ({
  exception: { values: [{ type: 'E', value: t(s) }] },
})
const crumb = (data: (s: string) => unknown) => (s: string) => ({
  breadcrumbs: { values: [{ category: 'x', data: data(s) }] },
})
const vars = (v: (s: string) => unknown) => (s: string) => ({
  exception: { values: [{ type: 'E', stacktrace: { frames: [{ function: 'f', vars: v(s) }] } }] },
})
const secrets: Case[] = [
  ['aws access key id in message', 'AKIAIOSFODNN7EXAMPLE', msg((s) => `denied for ${s} in eu-west-1`)],
  [
    'aws secret in env dump',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    msg((s) => `env: AWS_SECRET_ACCESS_KEY=${s} PATH=/bin`),
  ],
  [
    'github pat',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    ex((s) => `clone failed: https://${s}@github.com/a/b.git`),
  ],
  [
    'github fine grained',
    'github_pat_11ABCDEFG0abcdefghijkl_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456',
    msg((s) => `used ${s}`),
  ],
  ['gitlab pat', 'glpat-ABCdef1234567890xyzQ', msg((s) => `token was ${s}.`)],
  ['slack bot', 'xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx', crumb((s) => ({ note: s }))],
  [
    'slack webhook',
    'T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    msg((s) => `POST https://hooks.slack.com/services/${s} 404`),
  ],
  ['stripe live', 'sk_live_' + '51H8abcDEFghiJKLmnoPQRst', msg((s) => `stripe: ${s}`)],
  ['stripe restricted', 'rk_live_' + '51H8abcDEFghiJKLmnoPQRst', vars((s) => ({ client: `Stripe(${s})` }))],
  ['stripe webhook secret', 'whsec_MbQ1aZ0xYkLmNoPqRsTuVwXyZ0123456', msg((s) => `verify with ${s}`)],
  [
    'google api key',
    'AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe',
    msg((s) => `GET https://maps.googleapis.com/maps/api/js?key=${s}&v=3`),
  ],
  ['google oauth token', 'ya29.a0AfH6SMBx1234567890abcdefghijklmnopqrstuvwxyz', msg((s) => `refused ${s}`)],
  [
    'sendgrid',
    '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',
    msg((s) => `mail: ${s}`),
  ],
  ['npm token', 'npm_abcdefghijklmnopqrstuvwxyz0123456789', msg((s) => `//registry/:_authToken=${s}`)],
  [
    'pypi token',
    'pypi-AgEIcHlwaS5vcmcCJDU3ZjM4YjYyLTg2ODUtNDlhNy1hYmNkLTEyMzQ1Njc4OTBhYgACKlszLCJhYmNkZWYi',
    msg((s) => `upload with ${s}`),
  ],
  [
    'jwt in path',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
    (s) => ({ request: { url: `https://x.example/verify/${s}` } }),
  ],
  [
    'bearer in header list',
    'mF_9.B5f-4.1JqM',
    (s) => ({ request: { headers: [['Authorization', `Bearer ${s}`]] } }),
  ],
  [
    'proxy-authorization',
    'Zm9vOmJhcmJhejEyMw==',
    (s) => ({ request: { headers: { 'Proxy-Authorization': `Basic ${s}` } } }),
  ],
  [
    'x-amz-security-token',
    'FwoGZXIvYXdzEJr//////////wEaDKm',
    (s) => ({ request: { headers: { 'X-Amz-Security-Token': s } } }),
  ],
  [
    's3 presigned',
    'fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024',
    msg((s) => `GET https://b.s3.amazonaws.com/k?X-Amz-Credential=abc&X-Amz-Signature=${s}`),
  ],
  [
    'azure sas sig',
    'bEXAMPLEsig%2Babc%2F123%3D',
    msg((s) => `https://a.blob.core.windows.net/c?sv=2020&sig=${s}`),
  ],
  [
    'azure storage account key',
    'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq==',
    msg(
      (s) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${s};EndpointSuffix=core.windows.net`,
    ),
  ],
  ['odbc connection string', 'S3cr3t!pw', msg((s) => `Driver={SQL};Server=db;Uid=sa;Pwd=${s};`)],
  ['jdbc url', 'hunter22', ex((s) => `jdbc:postgresql://db/shop?user=app&password=${s}&ssl=true`)],
  ['mongodb srv', 'p4ssw0rd', ex((s) => `mongodb+srv://app:${s}@cluster0.example.net/db`)],
  ['redis url without user', 'r3d1sPw', ex((s) => `redis://:${s}@cache:6379/0 refused`)],
  ['amqp with encoded', 'p%40ss', ex((s) => `amqp://u:${s}@mq:5672/`)],
  ['postgres dsn key/value', 'sup3rs3cret', ex((s) => `connect host=db user=app password=${s} dbname=shop`)],
  ['python dict repr', 'Tr0ub4dor', vars((s) => ({ config: `{'user': 'a', 'password': '${s}'}` }))],
  [
    'ruby hash inspect',
    'Tr0ub4dor2',
    msg((s) => `Parameters: {"user"=>{"email"=>"a@b.c", "password"=>"${s}"}}`),
  ],
  ['ruby symbol hash', 'Tr0ub4dor3', msg((s) => `{:login=>"a", :password=>"${s}"}`)],
  [
    'java toString',
    'Tr0ub4dor4',
    vars((s) => ({ req: `LoginRequest{user=ann, password=${s}, remember=true}` })),
  ],
  ['go struct %+v', 'Tr0ub4dor5', msg((s) => `{User:ann Password:${s} Remember:true}`)],
  ['swift dump', 'Tr0ub4dor6', msg((s) => `Login(user: "ann", password: "${s}")`)],
  ['php print_r', 'Tr0ub4dor7', msg((s) => `Array\n(\n    [user] => ann\n    [password] => ${s}\n)`)],
  ['yaml in extra', 'Tr0ub4dor8', (s) => ({ extra: { conf: `db:\n  user: app\n  password: ${s}\n` } })],
  ['toml/ini', 'Tr0ub4dor9', (s) => ({ extra: { conf: `[db]\nuser = app\npassword = ${s}\n` } })],
  ['xml element', 'Tr0ub4dora', (s) => ({ extra: { soap: `<wsse:Password Type="x">${s}</wsse:Password>` } })],
  ['xml attribute', 'Tr0ub4dorb', (s) => ({ extra: { x: `<user name="a" password="${s}"/>` } })],
  [
    'json in string in json',
    'Tr0ub4dorc',
    (s) => ({ request: { data: JSON.stringify({ body: JSON.stringify({ password: s }) }) } }),
  ],
  ['escaped json in message', 'Tr0ub4dord', msg((s) => `body: {\\"password\\":\\"${s}\\",\\"a\\":1}`)],
  ['form body', 'Tr0ub4dore', (s) => ({ request: { data: `user=ann&pass=${s}&go=1` } })],
  [
    'multipart',
    'Tr0ub4dorf',
    (s) => ({
      request: { data: `--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n${s}\r\n--x--` },
    }),
  ],
  ['graphql variables', 'Tr0ub4dorg', crumb((s) => ({ variables: { input: { newPassword: s } } }))],
  [
    'graphql inline argument',
    'Tr0ub4dorh',
    crumb((s) => ({ query: `mutation { login(user: "a", password: "${s}") { id } }` })),
  ],
  ['curl command', 'Tr0ub4dori', msg((s) => `curl -u admin:${s} https://x.example/`)],
  [
    'cli flag',
    'Tr0ub4dorj',
    (s) => ({ extra: { 'sys.argv': ['app.py', '--db-password', s, '--port', '80'] } }),
  ],
  ['cli flag equals', 'Tr0ub4dork', (s) => ({ extra: { 'sys.argv': ['app.py', `--api-key=${s}`] } })],
  ['kubernetes secret env', 'Tr0ub4dorm', (s) => ({ contexts: { env: { STRIPE_SECRET: s } } })],
  ['cookie string', 'a1b2c3d4e5f6session', (s) => ({ request: { cookies: `theme=dark; connect.sid=${s}` } })],
  [
    'set-cookie in response headers',
    'a1b2c3d4e5f6sess2',
    crumb((s) => ({ response_headers: { 'set-cookie': `sid=${s}; HttpOnly` } })),
  ],
  [
    'laravel session cookie name',
    'eyJpdiI6IlwvZXhhbXBsZSJ9abc',
    (s) => ({ request: { cookies: { laravel_session: s } } }),
  ],
  ['csrf header', 'n0nceC5rf', (s) => ({ request: { headers: { 'X-XSRF-TOKEN': s } } })],
  ['oauth code', '4/0AX4XfWh_abcdefg', (s) => ({ request: { query_string: `state=x&code=${s}` } })],
  [
    'oauth fragment',
    'ya29abcdefg',
    (s) => ({ request: { fragment: `access_token=${s}&token_type=bearer` } }),
  ],
  [
    'reset link in crumb message',
    'r3s3tT0k3nAbc',
    (s) => ({ breadcrumbs: [{ message: `navigate to /password/reset?token=${s}` }] }),
  ],
  [
    'magic link path',
    'mAg1cL1nkT0k3n',
    (s) => ({ breadcrumbs: [{ data: { to: `https://app.example/login?magic_token=${s}` } }] }),
  ],
  [
    'pem in vars',
    'MIIEowIBAAKCAQEAzexampleexample',
    vars((s) => ({ k: `-----BEGIN RSA PRIVATE KEY-----\n${s}\n-----END RSA PRIVATE KEY-----` })),
  ],
  [
    'ssh key one line',
    'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ',
    msg((s) => `-----BEGIN OPENSSH PRIVATE KEY-----\\n${s}\\n-----END OPENSSH PRIVATE KEY-----`),
  ],
  ['card with dashes', '4111-1111-1111-1111', msg((s) => `charge ${s} failed`)],
  ['card with spaces in form', '5500 0055 5555 5559', (s) => ({ extra: { note: `pan ${s} cvc` } })],
  ['amex', '378282246310005', (s) => ({ tags: { ref: s } })],
  ['iban', 'DE89370400440532013000', (s) => ({ extra: { iban: s } })],
  ['ssn key', '078-05-1120', (s) => ({ extra: { customer: { ssn: s } } })],
  ['otp', '493021', (s) => ({ extra: { otp: s } })],
  ['pin code', '4931', (s) => ({ extra: { user_pin: s } })],
  ['passphrase', 'correct horse battery', (s) => ({ extra: { wallet: { passphrase: s } } })],
  [
    'mnemonic',
    'abandon ability able about above absent absorb abstract absurd abuse access accident',
    (s) => ({ extra: { mnemonic: s } }),
  ],
  ['private_key field', 'kz8example', (s) => ({ contexts: { tls: { privateKey: s } } })],
  ['refresh token camel', 'rt-9f8e7d', (s) => ({ contexts: { auth: { refreshToken: s } } })],
  ['client_secret', 'cs-9f8e7d', (s) => ({ extra: { oauth: [{ client_secret: s }] } })],
  ['tag', 'tok-9f8e7dtag', (s) => ({ tags: [['auth_token', s]] })],
  ['user field', 'pw-user-9f', (s) => ({ user: { id: 1, passwd: s } })],
  ['fingerprint', 'ghp_16C7e42F292c6912E7710c838347Ae178B4b', (s) => ({ fingerprint: ['x', s] })],
  [
    'transaction',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
    (s) => ({ transaction: `/verify/${s}` }),
  ],
  ['server_name url', 'p4ssInHost', (s) => ({ server_name: `http://a:${s}@h/` })],
  ['dart map toString', 'Tr0ub4dorn', msg((s) => `{user: ann, password: ${s}, ok: true}`)],
  ['python bytes', 'Tr0ub4dorp', vars((s) => ({ body: `b'{"password": "${s}"}'` }))],
  [
    'thread frames vars',
    'Tr0ub4dorq',
    (s) => ({ threads: { values: [{ stacktrace: { frames: [{ vars: { db_pass: s } }] } }] } }),
  ],
  ['openai', 'sk-proj-abcdefGHIJKL0123456789mnopqrSTUVWX', msg((s) => `401 for ${s}`)],
  ['anthropic', 'sk-ant-api03-abcdefGHIJKL0123456789mnopqrSTUVWX-AA', msg((s) => `401 for ${s}`)],
  [
    'twilio auth in url',
    '0123456789abcdef0123456789abcdef',
    msg((s) => `https://AC123:${s}@api.twilio.com/`),
  ],
  [
    'discord webhook',
    'abcDEF123-_abcDEF123-_abcDEF123-_abcDEF123-_abcDEF123-_abcDEF123-_ab',
    msg((s) => `https://discord.com/api/webhooks/123456789012345678/${s}`),
  ],
  [
    'telegram bot',
    '123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw',
    msg((s) => `https://api.telegram.org/bot${s}/sendMessage`),
  ],
  ['basic auth header in text', 'dXNlcjpwYXNzd29yZA==', msg((s) => `authorization: Basic ${s}`)],
  ['hashicorp vault', 'hvs.CAESIJ1234567890abcdefghijklmnopqrstuvwxyz', msg((s) => `vault ${s}`)],
  [
    'digitalocean',
    'dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    msg((s) => `do ${s}`),
  ],
  ['shopify', 'shpat_0123456789abcdef0123456789abcdef', msg((s) => `shop ${s}`)],
  ['mailgun', 'key-0123456789abcdef0123456789abcdef', msg((s) => `mailgun ${s}`)],
  ['mysql short option', 'Tr0ub4dorr', msg((s) => `sh: mysql -u app -p${s} shop failed`)],
  ['mysql short option in a trifle', 'hunt', msg((s) => `mysql -p${s}`)],
  ['mysqldump quoted', 'Tr0ub dors', ex((s) => `mysqldump -h db -p"${s}" shop > out.sql`)],
  ['mariadb-dump', 'Tr0ub4dort', ex((s) => `exec: mariadb-dump -p'${s}' exited with 2`)],
  ['printed pair', 'hunter2', msg((s) => `sent [password, ${s}]`)],
  ['printed pairs', 'Tr0ub4doru', msg((s) => `form [[user, ann], [password, ${s}], [go, 1]]`)],
  ['printed pair with quotes', 'Tr0ub4dorv', msg((s) => `body ['api_key', '${s}'] refused`)],
  ['printed pair of digits', '493021', msg((s) => `sent [user_password, ${s}]`)],
  ['printed pair of signs', 'abc!def', msg((s) => `sent [passwd, ${s}]`)],
]
const keep: [string, unknown][] = [
  [
    'path',
    {
      exception: {
        values: [
          {
            type: 'E',
            value: 'no template',
            stacktrace: {
              frames: [
                {
                  filename: 'app/controllers/password_reset_controller.rb',
                  function: 'token',
                  context_line: '    token = tokens.next_token(session)',
                  module: 'auth.session_token',
                },
              ],
            },
          },
        ],
      },
    },
  ],
  ['parser', { message: 'Unexpected token < in JSON at position 0' }],
  ['token words', { message: 'token expired after 300 seconds; the session was closed by the server' }],
  ['auth failed', { message: 'password authentication failed for user "app"' }],
  ['syntax', { message: "SyntaxError: Unexpected token '}', expected ';'" }],
  ['key error', { message: "KeyError: 'customer_key' not found in keys: id, name" }],
  ['card words', { message: 'card declined: insufficient_funds (order 4111111111111112)' }],
  [
    'long ids',
    {
      message:
        'order 1234567890123456 of shop 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
  ],
  [
    'uuid',
    {
      extra: {
        request_id: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
        trace: '4bf92f3577b34da6a3ce929d0e0e4736',
      },
    },
  ],
  [
    'counts',
    {
      extra: {
        token_count: 12,
        max_tokens: 4096,
        session_count: 3,
        secretary: 'Ann',
        passenger: 'Bob',
        authored_by: 'Eve',
        keyboard: 'qwerty',
        compass: 'N',
      },
    },
  ],
  [
    'urls',
    { request: { url: 'https://shop.example/orders?page=2&sort=keys&author=ann&state=open', method: 'GET' } },
  ],
  [
    'sql',
    { breadcrumbs: [{ message: 'SELECT id, token_type FROM sessions WHERE author = $1 AND pin IS NULL' }] },
  ],
  [
    'http',
    {
      breadcrumbs: [
        { data: { url: 'https://api.example/v1/tokens/refresh', status_code: 401, reason: 'Unauthorized' } },
      ],
    },
  ],
  [
    'code',
    {
      exception: {
        values: [
          {
            type: 'E',
            stacktrace: {
              frames: [
                {
                  context_line: 'password = request.POST["password"]',
                  pre_context: ['if not check_password(user, password):'],
                  vars: { i: 3, author: 'ann', total: 12.5 },
                },
              ],
            },
          },
        ],
      },
    },
  ],
  [
    'release',
    { release: 'shop@1.2.3+abcdef0123456789abcdef0123456789abcdef01', dist: '42', environment: 'secret-lab' },
  ],
  [
    'debug',
    {
      debug_meta: {
        images: [
          {
            type: 'elf',
            code_id: '0123456789abcdef0123456789abcdef01234567',
            debug_id: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
          },
        ],
      },
    },
  ],
  ['status', { message: 'Basic validation failed: Bearer of bad news' }],
  ['csrf sentence', { message: 'CSRF token missing or incorrect.' }],
  ['jwt sentence', { message: 'JWT: signature mismatch for kid abc' }],
  ['fields in a list', { message: 'missing [password, email]; unpermitted [:password, :remember_me]' }],
  ['names in a list', { message: '[password, password_confirmation] and ["token", "user.name"] differ' }],
  ['kinds in a list', { message: 'digest [secret, sha256], column [password, varchar-255]' }],
  ['counts in a list', { message: '[tokens, 12] of [session, 4931]' }],
  ['mysql asks', { message: 'mysql -u app -p, then mysqldump shop -P3306 | ssh -p22 host' }],
  ['other -p', { message: 'mkdir -pv /data; ssh -p2222 host; mysql --port 3306 --protocol tcp' }],
  ['go addr', { message: 'dial tcp 10.0.0.1:5432: connect: connection refused' }],
]

test.each(secrets)('removes a secret: %s', (_what, secret, wire) => {
  const event = wire(secret) as JsonObject
  const written = JSON.stringify(secret).slice(1, -1)
  // Beforehand it is there: what can't be found can't be missed.
  expect(JSON.stringify(event)).toContain(secret.includes('\n') ? written : secret)
  const { wire: clean, removed } = scrub(event)
  expect(JSON.stringify(clean)).not.toContain(secret)
  expect(JSON.stringify(clean)).not.toContain(written)
  expect(removed).not.toEqual([])
})

test.each(keep)('leaves what debugging needs: %s', (_what, wire) => {
  expect(scrub(wire as JsonObject)).toEqual({ wire, removed: [] })
})

// DSNs, auth headers and project seeds, in the shapes that clients and people write them.
import { describe, expect, test } from 'vitest'
import { formatDsn, parseAuthHeader, parseAuthQuery, parseDsn } from '../../shared/dsn.ts'
import { parseProjectSeeds } from '../../shared/projects-seed.ts'

describe('parseDsn', () => {
  const cases: [string, unknown, unknown][] = [
    [
      'plain',
      'https://abc@errors.example/4',
      { publicKey: 'abc', projectId: 4, origin: 'https://errors.example' },
    ],
    ['with a secret key', 'https://abc:def@h/4', { publicKey: 'abc', projectId: 4, origin: 'https://h' }],
    [
      'with port and path',
      'http://abc@h:81/a/b/12',
      { publicKey: 'abc', projectId: 12, origin: 'http://h:81/a/b' },
    ],
    ['with a slash at the end', 'http://abc@h/4/', { publicKey: 'abc', projectId: 4, origin: 'http://h' }],
    ['without a key', 'http://h/4', null],
    ['without a project', 'http://abc@h/', null],
    ['with a project that is no number', 'http://abc@h/shop', null],
    ['of another scheme', 'ftp://abc@h/4', null],
    ['that is no URL', 'abc', null],
    ['that is no text', 12, null],
  ]
  test.each(cases)('reads a DSN %s', (_name, text, dsn) => {
    expect(parseDsn(text)).toEqual(dsn)
  })

  test('reads what formatDsn wrote', () => {
    for (const origin of [
      'https://errors.example',
      'http://127.0.0.1:4100',
      'https://h/under/here',
      'http://h/',
    ]) {
      const dsn = { publicKey: 'a1b2', projectId: 7, origin: origin.replace(/\/$/, '') }
      expect(parseDsn(formatDsn({ ...dsn, origin }))).toEqual(dsn)
    }
  })
})

describe('parseAuthHeader', () => {
  const cases: [string, string, unknown][] = [
    [
      'blanks after commas',
      'Sentry sentry_key=abc, sentry_version=7, sentry_client=x/1.2',
      { key: 'abc', version: 7, client: 'x/1.2' },
    ],
    [
      'no blanks (Java)',
      'Sentry sentry_version=7,sentry_client=sentry.java/8.53.0,sentry_key=abc',
      { key: 'abc', version: 7, client: 'sentry.java/8.53.0' },
    ],
    [
      'an old version with timestamp and secret (Raven)',
      'sentry sentry_version=4, sentry_key=abc, sentry_secret=def, sentry_timestamp=1',
      { key: 'abc', version: 4, client: null },
    ],
    ['a key alone', 'Sentry sentry_key=abc', { key: 'abc', version: null, client: null }],
    ['Basic', `Basic ${Buffer.from('abc:').toString('base64')}`, { key: 'abc', version: null, client: null }],
    ['no key', 'Sentry sentry_version=7', null],
    ['an empty key', 'Sentry sentry_key=, sentry_version=7', null],
    ['another scheme', 'Bearer abc', null],
    ['nothing', '', null],
  ]
  test.each(cases)('reads %s', (_name, text, auth) => {
    expect(parseAuthHeader(text)).toEqual(auth)
  })

  test('reads the query of a browser', () => {
    const query = new URLSearchParams(
      'sentry_version=7&sentry_key=abc&sentry_client=sentry.javascript.browser%2F11',
    )
    expect(parseAuthQuery(query)).toEqual({ key: 'abc', version: 7, client: 'sentry.javascript.browser/11' })
    expect(parseAuthQuery(new URLSearchParams('sentry_version=7'))).toBeNull()
  })
})

describe('parseProjectSeeds', () => {
  test('reads seeds with and without a repository', () => {
    expect(parseProjectSeeds('1:abc:web, 2:def:api:acme/shop.api,')).toEqual({
      seeds: [
        { id: 1, publicKey: 'abc', slug: 'web', repository: null },
        { id: 2, publicKey: 'def', slug: 'api', repository: 'acme/shop.api' },
      ],
      problems: [],
    })
  })

  test('names each seed that is wrong with every fault it has', () => {
    const { seeds, problems } = parseProjectSeeds('x:a b:Web:acme,1:abc:web,1:abc:web')
    expect(seeds).toHaveLength(1)
    expect(problems).toHaveLength(2)
    expect(problems[0]).toMatch(/"x:a b:Web:acme".*id.*public key.*slug.*repository/)
    expect(problems[1]).toMatch(/id is given twice.*public key is given twice.*slug is given twice/)
  })
})

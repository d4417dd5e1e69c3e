// Which Host headers are ours, which requests come from our own pages, and where sign-in may lead.
import { expect, test } from 'vitest'
import { localPath } from '../../../collector/access/local-path.ts'
import { isOwnHost, isOwnOrigin } from '../../../collector/access/origin.ts'
import { addressKey } from '../../../collector/access/sign-in-limits.ts'

const own = 'https://postern.example.com'

test.each([
  ['postern.example.com', true],
  ['POSTERN.example.com:8443', true],
  ['localhost:4200', true],
  ['127.0.0.1:4200', true],
  ['[::1]:4200', true],
  ['evil.example', false],
  ['postern.example.com.evil.example', false],
  ['evil.example#postern.example.com', false],
  ['user@postern.example.com', false],
  ['', false],
  [undefined, false],
])('Host %s is ours: %s', (host, expected) => {
  expect(isOwnHost(host, own)).toBe(expected)
})

const host = 'postern.example.com'
test.each([
  [{ site: 'same-origin', origin: undefined, host }, true],
  [{ site: 'none', origin: undefined, host }, true],
  [{ site: 'same-site', origin: own, host }, false],
  [{ site: 'cross-site', origin: own, host }, false],
  [{ site: undefined, origin: own, host }, true],
  [{ site: undefined, origin: 'http://localhost:4200', host: 'localhost:4200' }, true],
  [{ site: undefined, origin: 'https://evil.example', host }, false],
  [{ site: undefined, origin: 'null', host }, false],
  [{ site: undefined, origin: undefined, host }, false],
])('%o comes from our own pages: %s', (headers, expected) => {
  expect(isOwnOrigin(headers, own)).toBe(expected)
})

test.each([
  ['/issues/3?tab=events', '/issues/3?tab=events'],
  ['//evil.example/', '/'],
  ['/\\evil.example/', '/'],
  ['/a\\b', '/'],
  ['/\tevil', '/'],
  ['https://evil.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in?next=/', '/'],
  [['/a', '/b'], '/'],
  [undefined, '/'],
])('next=%o leads to %s', (next, expected) => {
  expect(localPath(next)).toBe(expected)
})

test.each([
  ['10.0.0.7', '10.0.0.7'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('attempts from %s count for %s', (address, key) => {
  expect(addressKey(address)).toBe(key)
})

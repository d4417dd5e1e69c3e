// Messages without what varies: the examples of the protocol reference, and time that grows with the length.
import { describe, expect, test } from 'vitest'
import { parameterise } from '../../collector/pipeline/parameterise.ts'

describe('parameterise', () => {
  test.each<[string, string]>([
    ['Stock for A-100 fell to 2 in zurich', 'Stock for A-<int> fell to <int> in zurich'],
    ['timeout after 30000ms (attempt 3)', 'timeout after <duration> (attempt <int>)'],
    ['Order o_55120 is gone', 'Order <id> is gone'],
    ['mail to mira.k@shop.example bounced', 'mail to <email> bounced'],
    ['GET https://api.shop.example/a/7?x=1 failed', 'GET <url> failed'],
    ['wss://live.shop.example:9 closed', '<url> closed'],
    ['lookup db-3.internal failed', 'lookup <hostname> failed'],
    ['getaddrinfo ENOTFOUND api.stripe.com', 'getaddrinfo ENOTFOUND <hostname>'],
    ['connect 203.0.113.9:5432', 'connect <ip>:<int>'],
    ['from 2001:db8::7 and ::1', 'from <ip> and <ip>'],
    ['Class::method and std::vector', 'Class::method and std::vector'],
    ['trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'trace <traceparent>'],
    ['root 1-5759e988-bd862e3fe1be46a994272793', 'root <traceparent>'],
    ['job 5f3c0d4e-9a1b-4c2d-8e7f-001122334455 died', 'job <uuid> died'],
    ['commit 721e41770371db95eee98ca2707686226b993eda', 'commit <sha1>'],
    ['etag 9e107d9d372bb6826bd81d3542a419d6', 'etag <md5>'],
    ['at 2026-11-18T08:15:00Z', 'at <date>'],
    ['at 2026-11-18 08:15:00.123456+01:00', 'at <date>'],
    ['on 2026-11-18', 'on <date>'],
    ['at 08:15:00', 'at <date>'],
    ['Tue, 18 Nov 2026 08:15:00 GMT', '<date>'],
    ['Tue Nov 18 2026 09:48:41 GMT+0100 (Central European Standard Time)', '<date>'],
    ['since Jan 02, 1999', 'since <date>'],
    ['at datetime.datetime(2026, 11, 18, 8, 15)', 'at <date>'],
    ['took 1.5s and 12ms', 'took <duration> and <duration>'],
    ['address 0x7f4563ba4305', 'address <hex>'],
    ['batch 9f86d081884c7d65 ✓', 'batch <hex> ✓'],
    ['order 1234567890', 'order <int>'],
    ['release 721e417 is bad', 'release <git_sha> is bad'],
    ['deadbeef and defaced stay words', 'deadbeef and defaced stay words'],
    ['ratio 1.5 or -1.5', 'ratio <float> or <float>'],
    ['stock level -3 out of range', 'stock level <int> out of range'],
    ['name=\'Mira\' id="7"', 'name=<quoted_str> id=<quoted_str>'],
    ['cached=true', 'cached=<bool>'],
    ['index out of range [0] with length 0', 'index out of range [<int>] with length <int>'],
    ['python3.11 and utf8', 'python3.<int> and utf8'],
    ['unknown currency "XBT"', 'unknown currency <quoted>'],
    ["bob's cart of 'Mira K.' is gone", "bob's cart of <quoted> is gone"],
    [
      "Cannot read properties of null (reading 'amount')",
      "Cannot read properties of null (reading 'amount')",
    ],
    ["'NoneType' object has no attribute 'post'", "'NoneType' object has no attribute 'post'"],
    ['Key (email)=(kai) already exists.', 'Key (email)=<in_brackets> already exists.'],
    ['took 812 ms, then 1h2m3.5s', 'took <duration>, then <duration>'],
    ['read 3.5 MB of 12kB', 'read <size> of <size>'],
    ['charge ch_3MtwBwLkdIwHu7ix', 'charge <id>'],
    ['at 1.5e-7 of 4,211,000', 'at <float> of <int>'],
    ['', ''],
  ])('reads %j as %j', (text, expected) => {
    expect(parameterise(text)).toBe(expected)
  })

  test('keeps the first two lines that are not blank, and says that there were more', () => {
    expect(parameterise('\n\nfirst 1\n \nsecond 2\r\nthird 3')).toBe('first <int>\nsecond <int>...')
    expect(parameterise('one\ntwo')).toBe('one\ntwo')
  })

  test('is the same for what differs only in ids, numbers, dates and addresses', () => {
    const texts = [
      ['Order 17 of mira@a.example at 2026-11-18 failed', 'Order 4211 of kai@b.example at 2025-01-02 failed'],
      ['dial tcp 10.0.0.1:5432: timeout after 12ms', 'dial tcp 10.9.8.7:6000: timeout after 3.5s'],
      ['lock 9f86d081884c7d65 held by 0x1f', 'lock 0a1b2c3d4e5f6071 held by 0xffee'],
    ] as const
    for (const [a, b] of texts) expect(parameterise(a)).toBe(parameterise(b))
  })

  test('takes less than 50 ms for 8 kB of anything', () => {
    const pieces = [
      'a.',
      '1.',
      '-',
      '::',
      ':',
      'a:',
      '1:',
      'f',
      '0',
      'a@',
      '@',
      '1-',
      'http://',
      '="',
      "='",
      'Mon ',
      'Nov ',
      '12:',
      ' ',
      '00-',
      'a-',
      'a1',
      '0x',
      '\n',
      '1,',
      'é',
      '😀',
      'datetime.datetime(',
      '1 ',
      'x.y@',
      '2026-11-',
      'com.',
      '255.',
      '%',
      "'",
      '`',
      '{"',
      "{'a",
      "Cannot read property '",
      "'a' object ",
      'column "',
      '=(',
      'a_',
      'aA1',
      '1,234',
      '1e',
      '/tmp/',
    ]
    parameterise('warm 1 up 2.5 x@y.example')
    for (const piece of pieces) {
      const text = piece.repeat(Math.ceil(8_192 / piece.length))
      const start = process.cpuUsage()
      parameterise(text)
      const ms = process.cpuUsage(start).user / 1000
      expect([piece, ms < 50]).toEqual([piece, true])
    }
  })

  test('is cut before it is searched', () => {
    expect(parameterise(`${'x'.repeat(9_000)} 7`)).toBe('x'.repeat(8_192))
  })
})

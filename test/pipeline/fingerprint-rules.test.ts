// The team's own grouping rules: their syntax, what is refused and why, what they match, what comes of it.
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../collector/pipeline/event.ts'
import { parseFingerprintRules } from '../../collector/pipeline/fingerprint-rules.ts'
import { compileGlob } from '../../collector/pipeline/glob.ts'
import { group } from '../../collector/pipeline/group.ts'
import { readWire } from '../support/facts.ts'

const event = {
  platform: 'python',
  level: 'fatal',
  logger: 'shop.jobs',
  release: 'shop@5.2.0',
  environment: 'production',
  transaction: '/cart',
  tags: { region: 'eu-1' },
  exception: {
    values: [
      { type: 'KeyError', value: "'price'", stacktrace: { frames: [frame('shop.stock', 'read')] } },
      {
        type: 'JobError',
        value: 'job 17 failed',
        module: 'shop.errors',
        mechanism: { type: 'celery', handled: false },
        stacktrace: { frames: [frame('shop.jobs.mail', 'deliver'), frame('celery.app', 'trace', false)] },
      },
    ],
  },
}

function frame(module: string, fn: string, inApp = true) {
  const path = `${module.replaceAll('.', '/')}.py`
  return {
    module,
    function: fn,
    filename: path,
    abs_path: `/srv/app/${path}`,
    in_app: inApp,
    package: '/usr/lib/shop.so',
  }
}

const groupWith = (rules: string, wire: JsonObject = event) =>
  group(readWire(wire), parseFingerprintRules(rules).rules)
const partsOf = (rules: string, wire?: JsonObject) =>
  groupWith(rules, wire)
    .components.filter(({ name }) => name === 'fingerprint')
    .map(({ value }) => value)

describe('a rule', () => {
  test.each([
    'error.type:JobError -> x',
    'type:"Job*" -> x',
    'error.type:shop.errors.JobError -> x',
    'error.type:KeyError -> x',
    'error.value:"job * failed" -> x',
    'message:"JOB*FAILED" -> x',
    'error.mechanism:celery -> x',
    'error.handled:no -> x',
    'logger:shop.* -> x',
    'level:FATAL -> x',
    'release:shop@5.* -> x',
    'environment:production -> x',
    'transaction:/c?rt -> x',
    'tags.region:eu-* -> x',
    'tags.level:fatal -> x',
    '"tags.region":eu-1 -> x',
    'module:shop.jobs.* -> x',
    'stack.function:deliver -> x',
    'path:"**/shop/jobs/*.py" -> x',
    'stack.abs_path:/srv/app/** -> x',
    'package:*.so -> x',
    'app:no -> x',
    'platform:python -> x',
    '!level:info error.type:JobError -> x',
    'module:celery.* function:trace -> x',
    'error.type:JobError error.value:job* logger:shop.jobs -> x',
    '!function:main -> x',
  ])('%s meets the event', (rule) => {
    expect(partsOf(rule)).toEqual(['x'])
  })

  test.each([
    'error.type:Job -> x',
    'error.type:joberror -> x',
    'error.value:"job" -> x',
    'level:info -> x',
    '!level:fatal -> x',
    'tags.zone:* -> x',
    'transaction:/c -> x',
    // not both in one exception, or in one frame
    'error.type:KeyError error.value:job* -> x',
    'module:celery.* function:deliver -> x',
    '!function:deliver -> x',
    'error.type:"" -> x',
  ])('%s does not', (rule) => {
    expect(partsOf(rule)).toEqual([])
  })

  test('above another one decides', () => {
    const rules = '# ours\nlogger:other -> other\n\nerror.type:JobError -> jobs\nlogger:shop.* -> shop'
    const { rule, summary } = groupWith(rules)
    expect(rule).toEqual({ line: 4, text: 'error.type:JobError -> jobs' })
    expect(summary).toBe('Rule 4 of the project set the fingerprint "jobs".')
  })

  test('decides over the fingerprint of the app, and leaves a checksum alone', () => {
    expect(partsOf('logger:* -> ours', { ...event, fingerprint: ['theirs'] })).toEqual(['ours'])
    expect(partsOf('logger:none -> ours', { ...event, fingerprint: ['theirs'] })).toEqual(['theirs'])
    expect(groupWith('logger:* -> ours', { ...event, checksum: 'abc' }).rule).toBeNull()
  })

  test('fills in variables from what it matched', () => {
    const rule =
      'error.type:KeyError -> lost, {{ error.type }}, {{error.value}} {{ tags.region }} {{ release }}'
    expect(partsOf(rule)).toEqual(['lost', 'KeyError', "'price'", 'eu-1', 'shop@5.2.0'])
    expect(partsOf('module:celery.* -> {{ function }}')).toEqual(['trace'])
    expect(partsOf('logger:* -> {{ function }} {{ type }}')).toEqual(['deliver', 'JobError'])
  })

  test('fills in variables amid a text as well; version 1 goes on as it was written', () => {
    const rule = 'error.type:KeyError -> "lost {{ error.type }} in {{tags.region}}", "{{ release }} or so"'
    expect(partsOf(rule)).toEqual(['lost KeyError in eu-1', 'shop@5.2.0 or so'])
    const elsewhere = { ...event, tags: { region: 'us-1' } }
    const [one, other] = [groupWith(rule), groupWith(rule, elsewhere)]
    expect(one.hashes[0]).not.toBe(other.hashes[0])
    expect(one.hashes[1]).toBe(other.hashes[1])
  })

  test('with {{ default }} splits the default further, or is it', () => {
    const plain = groupWith('')
    expect(groupWith('logger:* -> {{ default }}').hashes).toEqual(plain.hashes)
    const split = groupWith('logger:* -> {{ default }}, {{ environment }}')
    expect(split.hashes).not.toEqual(plain.hashes)
    expect(split.summary).toMatch(
      /^Same exception type .* Rule 1 of the project splits it further by "production"\.$/,
    )
  })

  test('names the issue', () => {
    expect(groupWith('logger:* -> x title="{{ error.type }} in {{ function }}"').title).toBe(
      'JobError in deliver',
    )
    expect(groupWith('logger:* -> x').title).toBeNull()
  })
})

describe('a text of rules', () => {
  test.each([
    ['error.type:X', 'There is no "->" with a fingerprint behind the matchers.'],
    ['-> x', 'There is no matcher before "->".'],
    ['error.type:X ->', 'There is no fingerprint behind "->".'],
    ['error.type:X -> title="a"', 'There is no fingerprint behind "->".'],
    ['errortype:X -> a', '"errortype" is nothing that can be matched'],
    ['tags.:X -> a', '"tags." is nothing that can be matched'],
    ['error.type: -> a', 'There is no pattern behind'],
    ['error.type:"X -> a', 'A quote is opened and never closed.'],
    ['error.type:X -> {{ nonsense }}', '{{ nonsense }} is no variable that can stand here.'],
    ['error.type:X -> a title="{{ default }}"', '{{ default }} is no variable that can stand here.'],
    ['error.type:X -> a title=Lost', 'A title stands in quotes: title="…".'],
    ['error.type:X -> a colour="red"', '"colour" is no attribute; there is title.'],
    ['hello', '"hello" is no matcher'],
    [`error.type:X -> ${'a '.repeat(30)}`, 'at most 20 parts'],
    [`error.type:${'x'.repeat(2_001)} -> a`, 'longer than 2000 characters'],
  ])('with %s is refused with the line and the reason', (line, reason) => {
    const { rules, problems } = parseFingerprintRules(`# first\nlogger:a -> b\n${line}\n`)
    expect(rules.map((rule) => rule.line)).toEqual([2])
    expect(problems).toHaveLength(1)
    expect(problems[0]?.line).toBe(3)
    expect(problems[0]?.reason).toContain(reason)
  })

  test('may have 200 rules and 50,000 characters', () => {
    expect(parseFingerprintRules('a:b'.repeat(20_000)).problems[0]?.reason).toContain('50000 is the limit')
    expect(parseFingerprintRules('logger:a -> b\n'.repeat(201)).problems).toEqual([
      { line: 201, reason: 'There are more than 200 rules.' },
    ])
  })
})

describe('a pattern', () => {
  test.each<[string, string, boolean]>([
    ['', '', true],
    ['*', '', true],
    ['a*', 'abc', true],
    ['*c', 'abc', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['ab*bc', 'abc', false],
    ['a**c', 'axxc', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*b?d*', 'abcd', true],
    ['*.py', 'a.pyc', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
  ])('%j on %j is %s', (pattern, text, expected) => {
    expect(compileGlob(pattern, false).test(text)).toBe(expected)
  })

  test('of many stars takes no time on a long text', () => {
    const glob = compileGlob(`${'a*'.repeat(500)}b`, true)
    const start = process.cpuUsage()
    for (let i = 0; i < 20; i++) expect(glob.test('a'.repeat(8_192))).toBe(false)
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(1_000)
  })
})

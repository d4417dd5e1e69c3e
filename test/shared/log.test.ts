// What reaches the log of an error, and what must not.
import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { createLog } from '../../shared/log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void): {
  line: string
  err: Record<string, unknown>
} {
  let line = ''
  const destination = {
    write(text: string) {
      line += text
    },
  }
  write(createLog('test', 'info', destination))
  return { line, err: JSON.parse(line).err }
}

test('an error keeps its name, code, message, stack and causes, bounded, and nothing else', () => {
  const cause = Object.assign(new RangeError('deep'), { params: ['swordfish'], detail: 'swordfish' })
  const error = new AppError('spool_unavailable', 'x'.repeat(10_000), { cause })
  Object.assign(error, { parameters: { token: 'swordfish' } })
  const { line, err } = logged((log) => log.error({ err: error }, 'failed'))
  expect(line).not.toContain('swordfish')
  expect(err).toMatchObject({
    name: 'AppError',
    code: 'spool_unavailable',
    cause: { name: 'RangeError', message: 'deep' },
  })
  expect((err.message as string).length).toBe(2_000)
})

test('a cause that is its own cause, and what is no error, are logged all the same', () => {
  const error = new Error('loop')
  Object.assign(error, { cause: error })
  expect(logged((log) => log.error({ err: error }, 'failed')).err).toMatchObject({
    cause: { message: 'loop' },
  })
  expect(logged((log) => log.error({ err: 'text' }, 'failed')).err).toEqual({
    name: 'string',
    message: 'text',
  })
})

test('tokens and cookies are redacted by their names', () => {
  const { line } = logged((log) =>
    log.info({ err: null, req: { headers: { authorization: 'Bearer x1', cookie: 'x2' } }, token: 'x3' }, 'm'),
  )
  expect(line).not.toMatch(/x[123]/)
})

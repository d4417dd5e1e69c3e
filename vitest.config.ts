// Four kinds of test. `unit` needs nothing; `database` runs on PGlite and, with TEST_DATABASE_URL, on
// real PostgreSQL too; `relay` uses real SQLite; `e2e` starts the real programs and a real browser.
import { defineConfig } from 'vitest/config'

const long = process.env.POSTERN_TEST_LONG === '1'

export default defineConfig({
  test: {
    pool: 'forks',
    // Many wait for clocks, browsers and processes of their own.
    maxWorkers: 3,
    // A second, the default, is short where both cores are at work.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/{shared,unit,pipeline,docs}/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'relay',
          include: ['test/relay/**/*.test.ts'],
          testTimeout: long ? 900_000 : 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'database',
          include: ['test/collector/**/*.test.ts'],
          globalSetup: ['./test/support/template-database.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: long ? 900_000 : 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})

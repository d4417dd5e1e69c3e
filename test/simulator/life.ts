// The life of one collector process, which can end between any two steps that leave it: before a query, before
// or after a commit, before or after a request. From then on nothing of it has any effect, as after kill -9.
import { type DatabaseConnection, type Dialect, type Driver, Kysely, type QueryResult } from 'kysely'
import type { Database } from '../../collector/db/database.ts'
import type { DB } from '../../collector/db/schema.ts'

export class Killed extends Error {
  constructor() {
    super('killed')
  }
}

export type Life = {
  readonly isOver: boolean
  /** Lets the process die at the nth border from now on; 1: the next. */
  dieAfter(borders: number): void
  /** Crosses a border. @throws Killed */
  cross(): void
  end(): void
}

export function createLife(): Life {
  let isOver = false
  let left = Number.POSITIVE_INFINITY
  return {
    get isOver() {
      return isOver
    },
    dieAfter: (borders) => {
      left = borders
    },
    cross() {
      if (!isOver) left -= 1
      if (left <= 0) isOver = true
      if (isOver) throw new Killed()
    },
    end: () => {
      isOver = true
    },
  }
}

/** A dialect that shares one store with others and ends with a life; what was open is rolled back. */
function mortal(inner: Dialect, life: Life): Dialect {
  return {
    createAdapter: () => inner.createAdapter(),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createIntrospector: (db) => inner.createIntrospector(db),
    createDriver: () => mortalDriver(inner.createDriver(), life),
  }
}

function mortalDriver(inner: Driver, life: Life): Driver {
  const innerOf = new WeakMap<DatabaseConnection, DatabaseConnection>()
  const own = (connection: DatabaseConnection) => innerOf.get(connection) as DatabaseConnection
  return {
    init: () => inner.init(),
    async acquireConnection() {
      const connection = await inner.acquireConnection()
      const wrapped: DatabaseConnection = {
        executeQuery<R>(query: Parameters<DatabaseConnection['executeQuery']>[0]): Promise<QueryResult<R>> {
          life.cross()
          return connection.executeQuery<R>(query)
        },
        streamQuery: () => {
          throw new Error('no streams here')
        },
      }
      innerOf.set(wrapped, connection)
      return wrapped
    },
    async beginTransaction(connection, settings) {
      life.cross()
      await inner.beginTransaction(own(connection), settings)
    },
    async commitTransaction(connection) {
      try {
        life.cross()
      } catch (error) {
        await inner.rollbackTransaction(own(connection))
        throw error
      }
      await inner.commitTransaction(own(connection))
      life.cross()
    },
    rollbackTransaction: (connection) => inner.rollbackTransaction(own(connection)),
    releaseConnection: (connection) => inner.releaseConnection(own(connection)),
    // The store is shared; who opened it closes it.
    destroy: async () => undefined,
  }
}

export function openMortal(dialect: Dialect, life: Life): Database {
  return new Kysely<DB>({ dialect: mortal(dialect, life) })
}

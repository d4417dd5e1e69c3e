// Steps through the events of an issue, however far apart they lie: what is near is looked for first.
import { expect, test } from 'vitest'
import { createProject } from '../../collector/db/projects.ts'
import { findNeighbours, findNewestEvent } from '../../collector/db/stored-events.ts'
import { onEachDatabase } from '../support/database.ts'
import { day, minutesAgo, seededId, seedIssue, seedNow } from '../support/seed.ts'

onEachDatabase('neighbours of an event', (db) => {
  test('are found within minutes and across weeks, with or without a time that bounds them', async () => {
    const project = await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, seedNow)
    const ages = [40 * day, 12 * day, 12 * day - 3, 1]
    const wire = { message: 'no seat', release: 'shop@1.0.0' }
    const id = await seedIssue(db(), project, {
      type: 'SeatError',
      value: 'no seat',
      firstMinutesAgo: 40 * day,
      lastMinutesAgo: 1,
      stored: ages.map((age) => ({ minutesAgo: age, wire })),
    })
    const ids = ages.map((_, index) => seededId(`shop 1 ${index}`))
    const around = async (index: number, filter = {}) => {
      const here = { receivedAt: minutesAgo(ages[index] ?? 0), eventId: ids[index] ?? '' }
      const { first, previous, next, last } = await findNeighbours(db(), id, here, filter)
      return [first, previous, next, last].map((found) => (found === null ? null : ids.indexOf(found)))
    }
    const span = { from: minutesAgo(40 * day), to: new Date(minutesAgo(1).getTime() + 1) }
    for (const filter of [{}, span, { ...span, release: 'shop@1.0.0' }]) {
      expect(await around(0, filter)).toEqual([0, null, 1, 3])
      expect(await around(1, filter)).toEqual([0, 0, 2, 3])
      expect(await around(2, filter)).toEqual([0, 1, 3, 3])
      expect(await around(3, filter)).toEqual([0, 2, null, 3])
    }
    // The first payload is gone, and the time is that of the issue still.
    await db()
      .deleteFrom('events')
      .where('event_id', '=', ids[0] ?? '')
      .execute()
    expect(await around(2, span)).toEqual([1, 1, 3, 3])
    const short = { from: minutesAgo(13 * day), to: minutesAgo(2 * day) }
    expect(await around(1, short)).toEqual([1, null, 2, 2])
    expect(await findNewestEvent(db(), id, short)).toBe(ids[2])
    expect(await findNewestEvent(db(), id, { ...short, to: minutesAgo(12.5 * day) })).toBeNull()
  })
})

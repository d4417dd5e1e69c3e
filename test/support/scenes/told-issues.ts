// Two issues with a history: one that has regressed, and one whose quiet clock runs.
import { day, risingHours, type SeededIssue } from '../seed.ts'
import { screenshot, ticketWire } from './ticket-event.ts'

/** An issue that has regressed, with its whole history. */
export const regressedIssue: SeededIssue = {
  type: 'TicketDecodeError',
  value: 'Ticket QR2 has no field "validUntil"',
  culprit: 'decodeTicket in app/tickets/decodeTicket.ts',
  level: 'fatal',
  statusReason:
    'Event 9f2c41d0 came in rider-app@4.3.0+902 after the issue was resolved; the fix should have prevented it.',
  statusMinutesAgo: 42,
  firstMinutesAgo: 4 * day + 13 * 60,
  lastMinutesAgo: 0.2,
  events: 1_756,
  kept: 1_204,
  users: 611,
  firstRelease: 'rider-app@4.2.0+896',
  lastRelease: 'rider-app@4.3.0+902',
  releasedMinutesAgo: 9 * 60,
  regressions: 1,
  environments: ['production', 'staging'],
  hours: [
    ...Array.from({ length: 24 }, () => 0),
    ...Array.from({ length: 30 }, (_, i) => 30 + Math.round(35 * Math.sin(i / 10))),
    ...Array.from({ length: 40 }, (_, i) => Math.max(2, 40 - i * 2)),
    ...Array.from({ length: 30 }, (_, i) => (i % 5 === 0 ? 2 : 0)),
    122,
    213,
  ],
  releaseHours: { 'rider-app@4.3.0+902': [118, 213], 'rider-app@4.2.0+896': [4, 0] },
  tags: {
    release: {
      'rider-app@4.3.0+902': 386,
      'rider-app@4.2.0+896': 1_229,
      'rider-app@4.1.7+871': 88,
      'rider-app@4.1.6+868': 30,
      'rider-app@4.1.5+860': 23,
    },
    os: { 'iOS 17.5.1': 1_633, 'iOS 18.1': 70, 'Android 15': 53 },
    device: {
      'iPhone 13': 544,
      'iPhone 15 Pro': 386,
      'iPhone SE (3rd)': 298,
      ...Object.fromEntries(Array.from({ length: 38 }, (_, i) => [`Phone ${i}`, 10 - Math.floor(i / 4)])),
    },
    environment: { production: 1_750, staging: 6 },
    country: { Belgium: 1_124, Netherlands: 509, Germany: 60, France: 40 },
  },
  usual: {
    release: { 'rider-app@4.3.0+902': 12, 'rider-app@4.2.0+896': 38, 'rider-app@4.1.7+871': 21 },
    os: { 'iOS 17.5.1': 41, 'iOS 18.1': 22, 'Android 15': 30 },
    device: { 'iPhone 13': 14, 'iPhone 15 Pro': 12, 'iPhone SE (3rd)': 5 },
    country: { Belgium: 22, Netherlands: 31 },
  },
  alert: { rule: 'regression', minutesAgo: 42 },
  trackerIssues: [
    { number: 412, minutesAgo: 4 * day + 12 * 60, closedBy: 'mara' },
    { number: 431, minutesAgo: 41, labels: ['postern', 'regression'] },
  ],
  changes: [
    {
      kind: 'first_seen',
      minutesAgo: 4 * day + 13 * 60 + 6,
      reason: 'First event, in rider-app@4.2.0+896.',
      facts: { release: 'rider-app@4.2.0+896' },
    },
    { kind: 'detected', minutesAgo: 4 * day + 13 * 60 + 5, reason: 'Fatal: one event is enough.' },
    {
      kind: 'filed',
      minutesAgo: 4 * day + 13 * 60 + 5,
      reason: 'Filed as perron/rider#412.',
      facts: { number: 412, url: 'https://github.com/perron/rider/issues/412' },
    },
    {
      kind: 'closed',
      minutesAgo: 3 * day + 17 * 60 + 27,
      reason: '#412 was closed as completed.',
      actor: 'github:mara',
      facts: { fixedIn: ['rider-app@4.2.2'], fixSource: 'milestone 4.2.2' },
    },
    { kind: 'resolved', minutesAgo: 3 * day + 16 * 60 + 31, reason: '10 of 10 minutes quiet.' },
    {
      kind: 'regressed',
      minutesAgo: 42,
      reason:
        'Event 9f2c41d0 came in rider-app@4.3.0+902 after the issue was resolved; the fix should have prevented it.',
      facts: {
        release: 'rider-app@4.3.0+902',
        fix: 'rider-app@4.3.0+902 is not older than rider-app@4.2.2, which has the fix',
      },
    },
    {
      kind: 'filed',
      minutesAgo: 41,
      reason: 'Filed as perron/rider#431, which follows #412.',
      facts: {
        number: 431,
        url: 'https://github.com/perron/rider/issues/431',
        episode: 2,
        budget: { used: 3, of: 20 },
      },
    },
  ],
  stored: [
    { wire: { ...ticketWire, release: 'rider-app@4.2.0+896' }, minutesAgo: 4 * day },
    { wire: { ...ticketWire, release: 'rider-app@4.2.0+896' }, minutesAgo: 41 },
    {
      wire: ticketWire,
      minutesAgo: 0.2,
      attachments: [
        { filename: 'screenshot.png', contentType: 'image/png', body: screenshot() },
        { filename: 'wallet-state.json', contentType: 'application/json', body: Buffer.alloc(3_100) },
      ],
      feedback: [
        {
          name: 'user 90be-11d4',
          email: null,
          message: 'Stood at the gate in Antwerp with a paid ticket and a white screen.',
        },
      ],
    },
  ],
}

export const quietIssue: SeededIssue = {
  type: 'HTTPError',
  value: '502 Bad Gateway from zones.partner.sncb.example/v3/zones',
  culprit: 'fetchZones (src/partners/sncb.ts)',
  status: 'resolving',
  statusReason: '#1206 was closed as completed.',
  statusMinutesAgo: 7,
  closedMinutesAgo: 7,
  lastMinutesAgo: 8,
  events: 5_120,
  users: 2_904,
  lastRelease: '2026.46.2',
  hours: risingHours(200),
  alert: { rule: 'burst', minutesAgo: 200 },
  trackerIssues: [{ number: 1206, minutesAgo: 199, closedBy: 'aiko' }],
  changes: [
    { kind: 'detected', minutesAgo: 200, reason: 'Burst: 3 events within 5 minutes (in 9 s).' },
    { kind: 'filed', minutesAgo: 199, reason: 'Filed as perron/orders#1206.' },
    { kind: 'closed', minutesAgo: 7, reason: '#1206 was closed as completed.', actor: 'github:aiko' },
  ],
  stored: [{ wire: { message: 'plain message', level: 'error', platform: 'node' }, minutesAgo: 8 }],
}

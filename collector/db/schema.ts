// The database as types, by hand; test/collector/schema.test.ts holds them against the real thing.
// int8 and counts are numbers on both sides (see database.ts); jsonb is always written as JSON text.
import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely'
import type { Fix } from '../detect/fix.ts'
import type { ReleaseLine } from '../detect/release-line.ts'
import type { Level } from '../pipeline/event.ts'

type Json<T> = ColumnType<T, string, string>
type DefaultJson<T> = ColumnType<T, string | undefined, string>

/** `merged`: shown by another issue until it is taken out again; it stands in no list. */
export type IssueStatus = 'unresolved' | 'resolving' | 'resolved' | 'ignored' | 'merged'
export type AlertRule = 'burst' | 'fatal' | 'regression' | 'slow_burn' | 'escalation' | 'by_hand'
/** Why an alert waits although nothing failed. */
export type HeldReason = 'storm' | 'budget' | 'dry_run'
export type DestinationKind = 'slack' | 'webhook' | 'mail'
export type Role = 'admin' | 'member' | 'viewer'

export type DB = {
  installation: {
    singleton: Generated<boolean>
    id: string
    marker_secret: Buffer
    created_at: Date
    projects_version: number
    settings: DefaultJson<Record<string, unknown>>
    /** Public key that relays are told to seal with; null: they don't. */
    sealing_key: Generated<string | null>
  }
  projects: {
    id: number
    slug: string
    name: string
    platform: string | null
    repository: string | null
    next_issue_number: Generated<number>
    retention_days: Generated<number>
    settings: DefaultJson<Record<string, unknown>>
    created_at: Date
    last_event_at: Date | null
  }
  project_keys: {
    public_key: string
    project_id: number
    label: string
    created_at: Date
    revoked_at: Date | null
    last_used_at: Date | null
  }
  relays: {
    url: string
    spool: string | null
    answered_at: Date | null
    failed_at: Date | null
    error: string | null
    watermark_at: Date | null
    backlog_envelopes: Generated<number>
    backlog_bytes: Generated<number>
    oldest_at: Date | null
    projects_version: Generated<number>
    retired_at: Date | null
    relay_now: ColumnType<Date | null, Date | null | undefined, Date | null>
    ttl_ms: Generated<number | null>
  }
  deaf_spans: {
    id: GeneratedAlways<number>
    project_id: number
    relay_url: string
    reason: string
    from_at: Date
    until_at: Date
  }
  relay_outcomes: { spool: string; project_id: number; outcome: string; hour: Date; count: number }
  received_envelopes: { received_at: Date; id: string }
  dead_letters: {
    id: string
    relay_url: string
    project_id: number
    received_at: Date
    died_at: Date
    step: string
    error: string
    facts: JSONColumnType<Record<string, unknown>>
    body: Buffer
  }
  issues: {
    id: GeneratedAlways<number>
    project_id: number
    number: number
    title: string
    title_type: string | null
    title_value: string
    culprit: string
    level: Level
    platform: string
    handled: boolean | null
    status: Generated<IssueStatus>
    status_reason: string
    status_at: Date
    first_seen_at: Date
    last_seen_at: Date
    last_occurred_at: Date
    event_count: Generated<number>
    user_count: Generated<number>
    first_release: string | null
    last_release: string | null
    first_event_id: string
    last_event_id: string
    episode: Generated<number>
    in_episode: Generated<boolean>
    regressions: Generated<number>
    burst_window: DefaultJson<number[]>
    closed_at: Date | null
    resolved_at: Date | null
    fixed_in_release: string | null
    last_filed_at: Date | null
    origin_id: number | null
    fix: ColumnType<Fix | null, string | null | undefined, string | null>
    trouble_since: ColumnType<Date | null, Date | null | undefined, Date | null>
    quiet_ms: ColumnType<number | null, number | null | undefined, number | null>
    trouble_fatals: Generated<number>
    duplicate_of: ColumnType<number | null, number | null | undefined, number | null>
    assignee_id: Generated<number | null>
    snoozed_until: Generated<Date | null>
    snoozed_at: Generated<Date | null>
    snoozed_by: Generated<number | null>
    gathers_others: Generated<boolean>
    /** From its first close on its events are counted by release and hour, too. */
    was_closed: Generated<boolean>
    snoozed_until_events: Generated<number | null>
    ignored_until: Generated<Date | null>
    ignored_until_events: Generated<number | null>
    ignored_until_users: Generated<number | null>
  }
  issue_hashes: {
    project_id: number
    hash: string
    version: number
    issue_id: number
    origin_id: number | null
  }
  issue_origins: {
    id: number
    face_id: number
    issue_id: number
    merged_at: Date | null
    merged_by: string | null
    status_before: IssueStatus | null
    title: string
    title_type: string | null
    title_value: string
    culprit: string
    level: Level
    platform: string
    handled: boolean | null
    first_seen_at: Date
    last_seen_at: Date
    last_occurred_at: Date
    event_count: number
    user_count: number
    first_release: string | null
    last_release: string | null
    first_event_id: string
    last_event_id: string
  }
  issue_changes: {
    id: GeneratedAlways<number>
    issue_id: number
    at: Date
    kind: string
    actor: string
    reason: string
    facts: DefaultJson<Record<string, unknown>>
    recorded_at: Date | null
    status: IssueStatus | null
    episode: number | null
    in_episode: boolean | null
    regressions: number | null
    fixed_in_release: string | null
  }
  issue_recurrences: {
    issue_id: number
    release: string
    platform: string
    occurred_at: Date
    event_id: string
  }
  tracker_actions: {
    id: GeneratedAlways<number>
    issue_id: number
    tracker_issue_id: number
    kind: 'close' | 'comment'
    args: Json<Record<string, string>>
    created_at: Date
    run_at: Date
    attempts: Generated<number>
    locked_by: string | null
    locked_until: Date | null
    error: string | null
    error_at: Date | null
    done_at: Date | null
  }
  release_lines: {
    project_id: number
    app: string
    platform: string
    newest: string
    newest_users: Json<ReleaseLine['newestUsers']>
    pending: Json<ReleaseLine['pending']>
    is_only: boolean
  }
  release_advances: {
    id: GeneratedAlways<number>
    project_id: number
    app: string
    platform: string
    release: string
    at: Date
  }
  event_keys: {
    project_id: number
    event_id: string
    issue_id: number
    received_at: Date
    retention_days: number
  }
  events: {
    project_id: number
    issue_id: number
    event_id: string
    received_at: Date
    occurred_at: Date
    retention_days: number
    level: Level
    platform: string
    release: string | null
    environment: string
    user_key: string | null
    title: string
    payload: Buffer
    /** See collector/pipeline/tag-marks.ts; null: stored before there were any. */
    tag_marks: Generated<string | null>
  }
  issue_payloads: { issue_id: number; day: string; retention_days: number; kept: number }
  project_payloads: { project_id: number; day: string; kept: number; bytes: number }
  issue_latest_payloads: { issue_id: number; event_id: string; received_at: Date; retention_days: number }
  session_hours: {
    project_id: number
    version: string
    environment: string
    hour: Date
    sessions: number
    errored: number
    unhandled: number
    abnormal: number
    crashed: number
  }
  session_states: {
    project_id: number
    sid: string
    rank: number
    rank_before: number
    version: string
    environment: string
    hour: Date
    seen_at: Date
  }
  new_issue_hours: { project_id: number; hour: Date; made: number }
  environments: { project_id: number; name: string; first_seen_at: Date }
  client_discards: { project_id: number; hour: Date; reason: string; category: string; count: number }
  issue_hours: { issue_id: number; hour: Date; events: number }
  project_hours: { project_id: number; hour: Date; level: Level; events: number }
  /** All projects together; the parts of an hour and level add up. */
  level_hours: { hour: Date; level: Level; part: number; events: number }
  issue_users: { issue_id: number; user_key: string }
  issue_environments: {
    project_id: number
    environment: string
    issue_id: number
    events: number
    first_seen_at: Date
    last_seen_at: Date
  }
  issue_releases: {
    issue_id: number
    release: string
    events: number
    first_seen_at: Date
    last_seen_at: Date
  }
  issue_release_hours: { issue_id: number; hour: Date; release: string; events: number }
  issue_tag_keys: { issue_id: number; key: string; distinct_values: number }
  issue_tags: { issue_id: number; key: string; value: string; events: number; last_seen_at: Date }
  project_tag_keys: { project_id: number; key: string; events: number; distinct_values: number }
  project_tags: { project_id: number; key: string; value: string; events: number }
  release_hours: { project_id: number; version: string; hour: Date; events: number; crashes: number }
  release_users: { project_id: number; version: string; user_hash: string }
  project_days: { project_id: number; day: Date; events: number; crashes: number; users: number }
  project_day_users: { day: Date; project_id: number; user_hash: string }
  releases: {
    project_id: number
    version: string
    events: number
    users: Generated<number>
    crashes: Generated<number>
    first_seen_at: Date
    last_seen_at: Date
  }
  item_counts: { project_id: number; hour: Date; type: string; kept: boolean; count: number }
  attachments: {
    id: string
    project_id: number
    event_id: string
    received_at: Date
    filename: string
    content_type: string | null
    attachment_type: string
    size_bytes: number
    body: Buffer
  }
  feedback: {
    id: GeneratedAlways<number>
    project_id: number
    event_id: string | null
    received_at: Date
    name: string | null
    email: string | null
    message: string
    url: string | null
  }
  alerts: {
    id: GeneratedAlways<number>
    project_id: number
    issue_id: number
    episode: number
    rule: AlertRule
    facts: Json<Record<string, unknown>>
    created_at: Date
    run_at: Date
    attempts: Generated<number>
    locked_by: string | null
    locked_until: Date | null
    sent_at: Date | null
    sent_to: string | null
    error: string | null
    error_at: Date | null
    permanent: Generated<boolean>
    done_at: Date | null
    held: HeldReason | null
    storm_id: number | null
    listed_at: Date | null
    acknowledged_at: Generated<Date | null>
    acknowledged_by: Generated<number | null>
  }
  tracker_issues: {
    id: GeneratedAlways<number>
    project_id: number
    issue_id: number
    episode: number
    repository: string
    number: number
    url: string
    title: string
    state: 'open' | 'closed'
    state_reason: string | null
    assignee: string | null
    labels: ColumnType<string[], string | undefined, string>
    filed_at: Date
    closed_at: Date | null
    closed_by: string | null
    tracker_updated_at: Date
    checked_at: ColumnType<Date | null, Date | null | undefined, Date | null>
    locked: Generated<boolean>
    fate: ColumnType<
      'deleted' | 'converted' | null,
      'deleted' | 'converted' | null | undefined,
      'deleted' | 'converted' | null
    >
    left_closed_at: ColumnType<Date | null, Date | null | undefined, Date | null>
    reopen_at: ColumnType<Date | null, Date | null | undefined, Date | null>
    moved_from: ColumnType<string | null, string | null | undefined, string | null>
    events_at_filing: Generated<number>
    told_multiple: Generated<number>
    told_platforms: ColumnType<string[] | null, string | null | undefined, string | null>
    told_at: Date | null
    comments: Generated<number>
    progress_due_at: Date | null
  }
  storms: {
    id: GeneratedAlways<number>
    project_id: number
    started_at: Date
    last_alert_at: Date
    run_at: Date | null
    attempts: Generated<number>
    locked_by: string | null
    locked_until: Date | null
    sent_at: Date | null
    sent_to: string | null
    error: string | null
    error_at: Date | null
    permanent: Generated<boolean>
    repository: string | null
    number: number | null
    url: string | null
    filed_at: Date | null
    told_at: Date | null
  }
  destinations: {
    id: GeneratedAlways<number>
    name: string
    kind: DestinationKind
    target: Json<{ sealed: string }>
    choice: Json<Record<string, unknown>>
    created_at: Date
    paused_at: Date | null
    next_at: Date | null
    locked_by: string | null
    locked_until: Date | null
    sent_at: Date | null
    error: string | null
    error_at: Date | null
  }
  notifications: {
    id: GeneratedAlways<number>
    key: string
    kind: string
    project_id: number | null
    issue_id: number | null
    at: Date
    facts: Json<Record<string, unknown>>
    fanned_at: Date | null
  }
  messages: {
    id: string
    destination_id: number
    created_at: Date
    run_at: Date
    attempts: Generated<number>
    done_at: Date | null
    outcome: 'sent' | 'failed' | null
    error: string | null
  }
  deliveries: { notification_id: number; destination_id: number; run_at: Date; message_id: string | null }
  watched_conditions: {
    key: string
    kind: string
    since: Date
    told_at: Date | null
    facts: Json<Record<string, unknown>>
  }
  tracker_creates: { project_id: number; kind: 'alert' | 'storm'; ref_id: number; sent_at: Date }
  tracker_repositories: {
    repository: string
    login: string | null
    since: Date | null
    etag: string | null
    polled_at: Date | null
    next_poll_at: Date
    locked_by: string | null
    locked_until: Date | null
    error: string | null
    error_at: Date | null
  }
  people: {
    id: GeneratedAlways<number>
    email: string
    name: string
    password_hash: string | null
    role: Role
    created_at: Date
    disabled_at: Date | null
    all_projects: Generated<boolean>
    totp_secret: string | null
    totp_step: number | null
  }
  project_people: { person_id: number; project_id: number }
  recovery_codes: { person_id: number; code_hash: string; used_at: Date | null }
  person_identities: { issuer: string; subject: string; person_id: number; created_at: Date }
  invitations: {
    id: GeneratedAlways<number>
    token_hash: string
    email: string
    role: Role
    project_ids: ColumnType<number[] | null, string | null, string | null>
    invited_by: number | null
    created_at: Date
    expires_at: Date
    used_at: Date | null
    withdrawn_at: Date | null
  }
  sign_in_steps: {
    token_hash: string
    person_id: number | null
    facts: DefaultJson<Record<string, unknown>>
    created_at: Date
    expires_at: Date
  }
  loop_troubles: {
    trouble: string
    since: Date
    acknowledged_at: Date | null
    snoozed_until: Date | null
    person_id: number | null
  }
  saved_views: {
    id: GeneratedAlways<number>
    person_id: number
    name: string
    query: string
    sort: string
    project: string
    created_at: Date
  }
  login_sessions: {
    id: GeneratedAlways<number>
    token_hash: string
    person_id: number
    created_at: Date
    last_seen_at: Date
    expires_at: Date
    user_agent: string | null
    method: Generated<string>
  }
  setup_links: { token_hash: string; created_at: Date; expires_at: Date; used_at: Date | null }
  api_tokens: {
    id: GeneratedAlways<number>
    name: string
    token_hash: string
    scopes: Json<string[]>
    created_at: Date
    last_used_at: Date | null
    revoked_at: Date | null
    project_id: number | null
    created_by: number | null
  }
  audit_log: {
    id: GeneratedAlways<number>
    at: Date
    actor: string
    person_id: number | null
    project_id: number | null
    action: string
    subject: string
    facts: DefaultJson<Record<string, unknown>>
  }
}

// Bounds of what pages show.

/** Counts are exact up to here and "1,000+" past it, so that counting never costs more than this. */
export const countBound = 1_000
/** Things that need a person are counted up to here: "99+" past it. */
export const needsBound = 99
/** Saved views that stand in the sidebar, each counted once a minute; the page of all of them shows so many at a time. */
export const sidebarViews = 8
export const viewsPageRows = 10
/** Rows of a page of a list. */
export const pageRows = 50
/** How long a relay that doesn't say (an older one) keeps what nobody fetches: RELAY_TTL_HOURS' default. */
export const relayTtlMs = 7 * 86_400_000

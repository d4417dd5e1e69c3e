// Bounds of what pages show.

/** Counts are exact up to here and "1,000+" past it, so that counting never costs more than this. */
export const countBound = 1_000
/** Rows of a page of a list. */
export const pageRows = 50

// The first import of each program and thread: when only the cache of compiled code is to be filled
// (keep-compiled.js), all that it imports is compiled by now and nothing of it has run.
if (process.env.POSTERN_ONLY_COMPILE === '1') process.exit(0)

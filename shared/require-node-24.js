// Preloaded by the npm scripts. Plain JavaScript, so that a Node too old to strip types still says
// what is missing instead of failing on the first line of TypeScript.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `Postern needs Node 24 or newer; this is ${process.version}.\n` +
      'On Linux (x64, arm64) "npm ci" brings one along and "npm start" uses it. ' +
      'Elsewhere install Node 24 first: no npm release of it covers every platform.\n',
  )
  process.exit(1)
}

await import('./keep-compiled.js')

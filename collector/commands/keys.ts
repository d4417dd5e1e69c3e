// `npm run keys -- DIR`: makes the key pair that relays seal with and collectors open with, as files, and says what
// goes where. With --rotate a new pair is put in front of the keys that are there.
import { makeKeyFiles } from './key-files.ts'

try {
  const args = process.argv.slice(2)
  const [dir] = args.filter((arg) => !arg.startsWith('--'))
  process.stdout.write(`${makeKeyFiles(dir ?? './sealing', args.includes('--rotate'))}\n`)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

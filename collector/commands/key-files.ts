// The files of `npm run keys`: private keys for collectors, newest first and readable by their owner only, and the
// newest public key for relays.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import { makeSealingKeys, openingKeys } from '../../shared/sealing.ts'

/**
 * Makes a pair and writes both files.
 * @param rotate puts the new private key in front of the old ones, which go on opening what they sealed
 * @returns      what goes where, for people
 * @throws AppError 'invalid_settings' where there are keys already, or (rotating) none
 */
export function makeKeyFiles(dir: string, rotate: boolean): string {
  const privatePath = resolve(join(dir, 'sealing-private-keys'))
  const publicPath = resolve(join(dir, 'sealing-public-key'))
  if (existsSync(privatePath) !== rotate) {
    throw new AppError(
      'invalid_settings',
      rotate
        ? `There are no keys in ${dir} to rotate.`
        : `There are keys in ${dir} already. --rotate puts a new one in front of them.`,
    )
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const old = rotate ? openingKeys.parse(readFileSync(privatePath, 'utf8')) : []
  const { publicText, privateText } = makeSealingKeys()
  const oldLines = rotate ? readFileSync(privatePath, 'utf8').trim() : ''
  writeWhole(privatePath, `${privateText}\n${oldLines && `${oldLines}\n`}`, 0o600)
  writeWhole(publicPath, `${publicText}\n`, 0o644)
  const [{ id = '' } = {}] = openingKeys.parse(privateText)
  return [
    `${privatePath} (readable by you alone)`,
    `  opens what relays sealed: ${old.length + 1} ${old.length === 0 ? 'key' : 'keys'}, the newest is ${id}.`,
    '  For collectors, and for a safe place beside the backups; never for a relay:',
    `  COLLECTOR_SEALING_KEYS_FILE=${privatePath}`,
    `${publicPath}`,
    '  seals. Collectors push it to their relays by themselves. A relay that is to seal before it has met a',
    '  collector, or whatever a collector says, gets it as a setting:',
    `  RELAY_SEALING_KEY=${publicText}`,
    rotate
      ? 'Restart the collectors. Keep the old keys in the file until no relay holds anything older.'
      : 'Restart the collectors. Who loses the private keys loses what waits at the relays.',
  ].join('\n')
}

/** Whole or not at all: a file of keys that was cut short would lose what they open. */
function writeWhole(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode, flush: true })
  renameSync(`${path}.new`, path)
}

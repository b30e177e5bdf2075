// Fails unless this process uses the sanitized binary, and the sanitizer.
import { readFileSync } from 'node:fs'
import { isAvailable, unavailabilityCause } from '../../dist/index.js'

if (!isAvailable) throw unavailabilityCause
const maps = readFileSync('/proc/self/maps', 'utf8')
for (const file of [process.env.REARM_SANITIZED, 'libasan.so']) {
  if (!maps.includes(file)) throw new Error(`${file} is not in this process`)
}

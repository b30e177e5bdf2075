import { types } from 'node:util'

/**
 * Refuses what is no record of at most `most` bytes, before anything is claimed for it: what throws between a claim and its
 * publish leaves a slot that nobody can pass.
 */
export function checkRecord(record: Uint8Array, most: number): void {
  if (!types.isUint8Array(record)) throw new TypeError('a record must be a Uint8Array')
  if (record.length > most) {
    throw new RangeError(`a record of ${record.length} bytes does not fit ${most}`)
  }
  // An empty record looks the same as one whose memory was transferred away; a new view over that is a TypeError.
  if (record.length === 0) new Uint8Array(record.buffer)
}

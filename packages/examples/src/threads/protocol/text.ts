const encoder = new TextEncoder()
export const bytesOf = (text: string): Uint8Array => encoder.encode(text)

export const nothing = new Uint8Array(0)
const space = 32
const zero = 48

/** Whether the line's first word is `word`: up to a space, or to the line's end. */
export function startsWith(
  bytes: Uint8Array,
  start: number,
  end: number,
  word: Uint8Array,
): boolean {
  const after = start + word.length
  if (after > end || (after < end && bytes[after] !== space)) return false
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false
  return true
}

/** Where the word that begins at `start` ends. */
export function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === space) return at
  return end
}

/** Reads decimal digits from `start` to `end`. -1: there is none, something else, or a value over `most`. */
export function readNumber(bytes: Uint8Array, start: number, end: number, most: number): number {
  if (start >= end) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - zero
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
    if (value > most) return -1
  }
  return value
}

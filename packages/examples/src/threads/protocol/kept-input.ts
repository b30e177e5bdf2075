/** Input that waits: an unfinished line, or what came while the conversation was paused. Appending is linear. */
export class KeptInput {
  bytes: Uint8Array = empty
  start = 0
  end = 0

  get size(): number {
    return this.end - this.start
  }

  append(source: Uint8Array, start: number, end: number): void {
    const size = this.size
    const needed = size + end - start
    if (this.start + needed > this.bytes.length) {
      const grown = needed > this.bytes.length ? new Uint8Array(roomFor(needed)) : this.bytes
      if (grown === this.bytes) grown.copyWithin(0, this.start, this.end)
      else grown.set(this.bytes.subarray(this.start, this.end))
      this.bytes = grown
      this.start = 0
      this.end = size
    }
    this.bytes.set(source.subarray(start, end), this.end)
    this.end += end - start
  }

  /** Drops what comes before `start`; a connection that waits for nothing holds no memory. */
  dropTo(start: number): void {
    this.start = start
    if (this.start < this.end) return
    this.bytes = empty
    this.start = 0
    this.end = 0
  }
}

const empty = new Uint8Array(0)

/** A short rest is kept as it is: most lines that are split are short. */
function roomFor(size: number): number {
  return size <= 256 ? 256 : 2 ** Math.ceil(Math.log2(size))
}

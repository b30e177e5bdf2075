import { closedBit } from './stamped-layout.js'

/**
 * The arithmetic of a stamped ring's positions. A position is lap + index, a free-running 32-bit integer; laps are a
 * power of two apart, so that it wraps cleanly with any capacity.
 */
export class Positions {
  /** The bit of the tail that says "closed". */
  readonly closedBit: number
  /** From one lap to the next. */
  readonly lap: number

  constructor(private readonly capacity: number) {
    this.closedBit = closedBit(capacity)
    this.lap = 2 * this.closedBit
  }

  /** Which slot a position lies in. */
  index(position: number): number {
    return position & (this.closedBit - 1)
  }

  next(position: number): number {
    const index = this.index(position)
    return (index + 1 < this.capacity ? position + 1 : position - index + this.lap) | 0
  }

  /** The same slot, one lap later. */
  lapAfter(position: number): number {
    return (position + this.lap) | 0
  }

  /** How many records lie between `head` and `tail`. */
  distance(head: number, tail: number): number {
    const laps = ((tail & -this.lap) - (head & -this.lap)) | 0
    return (laps / this.lap) * this.capacity + this.index(tail) - this.index(head)
  }
}

import { type Link, LinkedList } from '../collections/linked-list.js'

/** The bound: how many jobs and permits there may be, and the line of those who wait for a place. */
export class Room {
  readonly #line = new LinkedList<() => void>()
  #occupied = 0
  #serving = false

  constructor(private limit: number) {}

  get occupied(): number {
    return this.#occupied
  }

  get waiting(): number {
    return this.#line.size
  }

  /** Takes a place if one is free and nobody waits for it. */
  tryEnter(): boolean {
    if (this.#occupied >= this.limit || this.#line.size > 0) return false
    this.#occupied++
    return true
  }

  /** Joins the line. `enter` is called once, with a place taken. Returns the way to leave the line. */
  wait(enter: () => void): () => boolean {
    const link: Link<() => void> = this.#line.push(enter)
    return () => this.#line.remove(link)
  }

  /** Gives a place back. */
  leave(): void {
    this.#occupied--
    this.#serve()
  }

  setLimit(limit: number): void {
    this.limit = limit
    this.#serve()
  }

  #serve(): void {
    // One who enters may leave at once (a job that cannot be sent): no recursion, the loop sees it.
    if (this.#serving) return
    this.#serving = true
    try {
      while (this.#occupied < this.limit) {
        const enter = this.#line.shift()
        if (enter === undefined) break
        this.#occupied++
        enter()
      }
    } finally {
      this.#serving = false
    }
  }
}

import type { Thread } from './thread.js'

/**
 * Where the jobs of each affinity key go. A key without jobs has no entry: its thread follows from its hash, so
 * that it comes back to the same one. While it has jobs it stays where it is, also across a resize.
 */
export class Homes {
  readonly #homes = new Map<string | number, { readonly thread: Thread; jobs: number }>()

  /** The thread that one more job of `key` would go to. */
  find(key: string | number, threads: readonly Thread[], count: number): Thread {
    return this.#homes.get(key)?.thread ?? (threads[hash(key) % count] as Thread)
  }

  /** The thread for one more job of `key`. */
  enter(key: string | number, threads: readonly Thread[], count: number): Thread {
    let home = this.#homes.get(key)
    if (home === undefined) {
      home = { thread: this.find(key, threads, count), jobs: 0 }
      this.#homes.set(key, home)
    }
    home.jobs++
    return home.thread
  }

  /** The thread of a key that has jobs. */
  of(key: string | number): Thread | undefined {
    return this.#homes.get(key)?.thread
  }

  /** A job of `key` has ended; gives the thread that it was bound to. */
  leave(key: string | number): Thread | undefined {
    const home = this.#homes.get(key)
    if (home !== undefined && --home.jobs === 0) this.#homes.delete(key)
    return home?.thread
  }
}

/** A whole number chooses its thread itself; of anything else FNV-1a over its text does. */
function hash(key: string | number): number {
  if (typeof key === 'number' && Number.isSafeInteger(key) && key >= 0) return key
  const text = String(key)
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  }
  return value >>> 0
}

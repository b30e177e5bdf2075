import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'

/** How many files are open at once while modules are loaded, in the main thread and in each of the others that start together. */
const loadingMain = 44
const loadingThread = 24
/** One thread alone has more of them open at a time. */
const reserved = 48

/** What to say if a program with so many threads has too few descriptors to start; undefined: it has enough. */
export function shortage(threads = 0): string | undefined {
  const { limit, open } = look()
  const enough = open + loadingMain + threads * loadingThread
  if (limit >= enough) return undefined
  return `${limit} descriptors are too few to start, it needs at least ${enough}: raise the limit (ulimit -n ${enough})`
}

function look(): { readonly limit: number; readonly open: number } {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    const open = readdirSync('/proc/self/fd').length
    return { limit: Number(limit ?? Number.POSITIVE_INFINITY), open }
  } catch {
    // No such files: this is no Linux, and the program will say so.
    return { limit: Number.POSITIVE_INFINITY, open: 0 }
  }
}

/**
 * Descriptors that are held so that a thread can take a dead one's place when no other is free: it opens its modules' files
 * for that.
 */
export class DescriptorReserve {
  readonly #held: number[] = []

  /** Holds as many as it should, or as there are. */
  take(): void {
    try {
      while (this.#held.length < reserved) this.#held.push(openSync('/dev/null', 'r'))
    } catch {
      // Others have them: what is left of them is there for the next time.
    }
  }

  release(): void {
    for (const fd of this.#held.splice(0)) closeSync(fd)
  }
}

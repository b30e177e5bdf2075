/** Where the host is, and when it last looked into the lanes, in microseconds of the process-wide clock. */
const WORD = { host: 0, lookedAt: 1 } as const

/**
 * A dozing host looks into the lanes by itself before long, one that is asleep does so only when it is rung, and one that is
 * parked blocks its thread: `parked` waits for one ring, the next number for two, and so on.
 */
const HOST = { awake: 0, asleep: 1, dozing: 2, parked: 3 } as const

/** A result may wait for as long as so many jobs of its kind take, within these bounds in microseconds; and its job's patience. */
const JOBS = 16
const LEAST_US = 20
const MOST_US = 4000
/** More than any result may wait, and a small integer to V8. */
const NO_LIMIT_US = 2 ** 30 - 1

/** The words through which workers see whether the host has to be rung. One for all workers of a queue. */
export class HostBell {
  readonly memory = new SharedArrayBuffer(128)
  readonly #words = new Int32Array(this.memory)

  /** The host is going to sleep. Look at the lanes once more before relying on it. */
  sleep(): void {
    Atomics.store(this.#words, WORD.host, HOST.asleep)
  }

  /** As {@link sleep}, for a host that looked at `at` and certainly looks again in a few milliseconds. */
  doze(at: number): void {
    Atomics.store(this.#words, WORD.lookedAt, microseconds(at))
    Atomics.store(this.#words, WORD.host, HOST.dozing)
  }

  wake(): void {
    Atomics.store(this.#words, WORD.host, HOST.awake)
  }

  /** The host is going to block in {@link wait}, for so many rings. Look at the lanes once more before. */
  park(rings: number): void {
    Atomics.store(this.#words, WORD.host, HOST.parked + rings - 1)
  }

  /** Blocks the thread until so many workers have nothing left to do, or time is up. */
  wait(rings: number, ms: number): void {
    Atomics.wait(this.#words, WORD.host, HOST.parked + rings - 1, ms)
  }
}

/**
 * A worker's handle on the host's bell. Waking the host costs a message, and where every core is busy it takes a
 * core from a job: a host that dozes is rung for many results at once, unless this worker runs out of work.
 */
export class Bell {
  readonly #words: Int32Array
  #owed = false
  /** The least that an owed result may wait, in microseconds from the host's last look. */
  #mostUs = NO_LIMIT_US

  constructor(
    memory: SharedArrayBuffer,
    private readonly rouse: () => void,
  ) {
    this.#words = new Int32Array(memory)
  }

  /**
   * The result of a job that ran `runUs` microseconds was published at `at`; more jobs wait, or do not.
   *
   * @param patience for how many milliseconds more than others this one may wait
   */
  due(at: number, runUs: number, patience: number): void {
    const host = Atomics.load(this.#words, WORD.host)
    // A parked host wants to know when a worker has nothing left to do, not of each result.
    if (host >= HOST.parked || (host === HOST.dozing && this.#mayWait(at, runUs, patience)))
      this.#owed = true
    else this.ring()
  }

  /** Rings for results that were not announced; to be called before the thread waits. */
  settle(): void {
    if (this.#owed) this.ring()
  }

  ring(): void {
    this.#owed = false
    this.#mostUs = NO_LIMIT_US
    for (;;) {
      const host = Atomics.load(this.#words, WORD.host)
      if (host === HOST.awake) return
      const next = host > HOST.parked ? host - 1 : HOST.awake
      // Another worker rang meanwhile, or the host has moved on: it may wait for this ring all the same.
      if (Atomics.compareExchange(this.#words, WORD.host, host, next) !== host) continue
      if (host === HOST.parked) Atomics.notify(this.#words, WORD.host)
      else if (host < HOST.parked) this.rouse()
      return
    }
  }

  #mayWait(at: number, runUs: number, patience: number): boolean {
    // Plainly read: it was written before the word that says that the host dozes, and a newer one does no harm.
    const since = (microseconds(at) - (this.#words[WORD.lookedAt] as number)) | 0
    const mostUs = Math.min(MOST_US, Math.max(LEAST_US, JOBS * runUs)) + patience * 1000
    this.#mostUs = Math.min(this.#mostUs, mostUs)
    return since < this.#mostUs
  }
}

/** Of a time in milliseconds, as a word that runs over. */
function microseconds(ms: number): number {
  return (ms * 1000) | 0
}

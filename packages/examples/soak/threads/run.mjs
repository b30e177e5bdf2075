/** One run: what its clients share, what went wrong, and what was counted. */
export class Run {
  /** No new requests: clients finish what is under way, and leave. */
  isOver = false
  /** @type {string[]} what broke a rule; the first ones */
  faults = []
  faultCount = 0
  /**
   * One for each CRASH: how many connections were open, how many at most in one worker and how many accepted when the server was
   * asked before it, how many that worker can have had in the end, and how many the server closed.
   */
  crashes = []
  /** How many of them are over: the connection that asked for it is closed. */
  crashesOver = 0
  /** Clients that do not read, and that the server did not read from any more, at the end. */
  jammed = 0
  open = 0
  mostOpen = 0
  /** How many connections the server had, by its own count, whenever it was asked. @type {number[]} */
  served = []
  /** By kind of client. @type {Map<string, { connections: number, requests: number, right: number, lost: number }>} */
  counts = new Map()

  /** @param {{ server: import('./server-process.mjs').ServerProcess, seed: number, patience: number }} plan `patience` in ms */
  constructor({ server, seed, patience }) {
    this.server = server
    this.patience = patience
    this.seed = seed
  }

  countsOf(kind) {
    let counts = this.counts.get(kind)
    if (counts === undefined) {
      counts = { connections: 0, requests: 0, right: 0, lost: 0 }
      this.counts.set(kind, counts)
    }
    return counts
  }

  fault(what) {
    this.faultCount++
    if (this.faults.length < 20) this.faults.push(what)
  }

  opened() {
    this.open++
    if (this.open > this.mostOpen) this.mostOpen = this.open
  }

  get mostServed() {
    return this.served.reduce((most, count) => Math.max(most, count), 0)
  }

  /** How many connections the server had in the middle, half of the time more. */
  get usuallyServed() {
    const sorted = this.served.toSorted((a, b) => a - b)
    return sorted[sorted.length >> 1] ?? 0
  }

  /** A worker is about to be crashed. @param {number} held by the thread that has most of them @param {number} accepted ever */
  crash(held, accepted) {
    this.crashes.push({ open: this.open, held, accepted, most: undefined, closed: 0 })
  }

  /** The server has dealt with it: who connects from now on has nothing to do with it. */
  crashIsOver() {
    this.crashesOver++
    const crash = this.crashes.at(-1)
    if (crash !== undefined) this.#happened(crash)
  }

  /** The first sign of it has come: all that its worker had since the server was asked had been begun here before. */
  #happened(crash) {
    crash.most ??= crash.held + this.server.connects - crash.accepted
  }

  /** The server has closed a connection that had not asked for it: allowed to a crash that it has lived through. */
  lost(dialogue) {
    const crash = this.crashes.at(-1)
    if (crash === undefined || this.crashes.length === dialogue.crashesBefore) {
      this.fault(
        `${dialogue.name}: closed by the server (${dialogue.reason}), and no worker was crashed`,
      )
      return
    }
    this.#happened(crash)
    crash.closed++
    dialogue.counts.lost++
  }

  /** A crash may close what one worker held, those that came to it meanwhile included, and no more. */
  judgeCrashes() {
    for (const [index, { open, most, closed }] of this.crashes.entries()) {
      if (closed === 0 || closed <= most) continue
      this.fault(
        `crash ${index + 1} closed ${closed} of ${open} connections; no worker had more than ${most}`,
      )
    }
  }
}

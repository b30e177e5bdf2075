import type { SharedReactor } from '@rearm/reactor/loan'

/** What a worker gets when it starts. */
export interface LendingSetup {
  readonly reactor: SharedReactor
  readonly questions: SharedArrayBuffer
  readonly stopping: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly threads: number
  /** What connections may hold in all, in MiB. */
  readonly memory: number
  readonly chaos: boolean
}

/** Set once, when the server stops: what was received is answered, then every connection is over. */
export class StopFlag {
  readonly #word: Int32Array

  constructor(readonly memory = new SharedArrayBuffer(4)) {
    this.#word = new Int32Array(memory)
  }

  get isSet(): boolean {
    return Atomics.load(this.#word, 0) !== 0
  }

  set(): void {
    Atomics.store(this.#word, 0, 1)
  }
}

import { EventFd } from '@rearm/epoll-native'
import { WakerClosedError } from './errors.js'
import { enter, isLeft, leave, lock, patience } from './turnstile.js'

// Words of the shared state.
const RINGERS = 0 // the turnstile of those who are ringing now; locked: closed
const RUNG = 1 // 1 from the first ring until the reactor hears it
const FD = 2

/** What crosses to another thread, to make a `RemoteWaker` of. */
export interface SharedWaker {
  readonly state: SharedArrayBuffer
}

/** Wakes a reactor from any thread. Safe to use as often as you like: rings that nobody has heard yet are one. */
export class RemoteWaker {
  readonly #state: Int32Array

  constructor(shared: SharedWaker) {
    this.#state = new Int32Array(shared.state)
  }

  /**
   * Wakes the reactor: its wait ends, and the waker's handler is called. Safe to call from any thread.
   *
   * @throws {WakerClosedError} once closed; it never writes to a number that has got another meaning
   */
  wake(): void {
    ring(this.#state)
  }
}

/** The reactor's end of a waker. */
export class Waker {
  readonly #bell = new EventFd()
  readonly #state = new Int32Array(new SharedArrayBuffer(12))
  readonly #closed: () => void

  /** @internal @param closed is called when it closes, before its descriptor goes */
  constructor(closed: () => void) {
    this.#closed = closed
    this.#state[FD] = this.#bell.fd
  }

  /** @internal */
  get fd(): number {
    return this.#bell.fd
  }

  /** @internal Takes the ring: what is rung from now on is heard anew. */
  hear(): void {
    Atomics.store(this.#state, RUNG, 0)
  }

  /** Wakes the reactor; see `RemoteWaker.wake`. @throws {WakerClosedError} */
  wake(): void {
    ring(this.#state)
  }

  /** What to post to another thread, which makes a `RemoteWaker` of it. */
  share(): SharedWaker {
    return { state: this.#state.buffer as SharedArrayBuffer }
  }

  get closed(): boolean {
    return this.#bell.closed
  }

  /** Ends it. Who rings from now on gets a `WakerClosedError`. A second call does nothing. */
  close(): void {
    if (this.#bell.closed) return
    lock(this.#state, RINGERS)
    this.#closed()
    if (isLeft(this.#state, RINGERS, performance.now() + patience)) this.#bell.close()
    // A thread was killed while it rang. Its number stays taken: better a descriptor too many than one too few.
    else this.#bell.release()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function ring(state: Int32Array): void {
  if (!enter(state, RINGERS)) throw new WakerClosedError()
  try {
    if (Atomics.exchange(state, RUNG, 1) === 0) EventFd.write(Atomics.load(state, FD))
  } finally {
    leave(state, RINGERS)
  }
}

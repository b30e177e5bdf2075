import { AsyncResource } from 'node:async_hooks'
import { native } from './availability.js'
import type { Epoll } from './epoll.js'
import { EpollEvents } from './epoll-events.js'
import { Errno } from './errno.js'
import { checkOptions } from './options.js'
import { check, SystemError } from './system-error.js'

/**
 * Called once per batch, with the number of events that `events` holds (at least 1). Returning `false` ends the turn: what
 * else is ready comes in the loop's next one.
 */
export type OnBatch = (count: number, events: EpollEvents) => unknown

/**
 * How a batch reaches JavaScript. `uv`: libuv's own loop polls the epoll descriptor (Node).
 * `thread`: a thread polls it and rings the loop (Bun, Deno; on Node too, but it costs a thread switch).
 */
export type WatcherEngine = 'uv' | 'thread'

export interface EpollWatcherOptions {
  /** Default: `uv` on Node, `thread` elsewhere. */
  readonly engine?: WatcherEngine
}

/**
 * Delivers an epoll instance's events on this thread's own event loop, main or worker, so that promises,
 * timers and Node's APIs work as usual in the handler.
 *
 * One native call per batch fetches all that is ready and enters JavaScript once; promises and ticks run after each. Under
 * load, and while a descriptor stays ready, the `uv` engine brings up to 16 batches in a turn of the loop, but never more
 * events than the array holds: its capacity is how long everything else on the loop may have to wait. What is left
 * comes in the next turn. An exception of the handler is an uncaught exception, and ends the turn; watching goes on.
 * The watcher keeps the process alive until `close()` or `unref()`, and watches a duplicate of the epoll's descriptor:
 * closing the epoll under it is harmless, and the watcher is still to be closed.
 */
export class EpollWatcher {
  readonly engine: WatcherEngine
  readonly #watcher: number
  #closed = false
  #referenced = true

  /**
   * @throws {SystemError} `EBADF`, `EINVAL` (no epoll, or watched too often), `ELOOP` (nested too deep), `EMFILE`,
   *   `EOPNOTSUPP` (the engine does not exist here)
   */
  constructor(
    epoll: Epoll | number,
    events: EpollEvents,
    onBatch: OnBatch,
    options: EpollWatcherOptions = {},
  ) {
    if (typeof onBatch !== 'function') {
      throw new TypeError('EpollWatcher: the "onBatch" argument must be a function')
    }
    checkOptions(options, 'EpollWatcher: the options')
    this.engine = chooseEngine(options.engine)
    const deliver = (count: number) => {
      if (count < 0) {
        this.close()
        throw new SystemError(count, 'epoll_wait')
      }
      return onBatch(count, events)
    }
    this.#watcher = check(
      native.watcherOpen(
        toFd(epoll),
        EpollEvents.idOf(events),
        this.engine === 'uv' ? 0 : 1,
        // A thread-safe function forgets where it was made, since Node keeps async contexts in frames.
        this.engine === 'uv' ? deliver : AsyncResource.bind(deliver),
      ),
      // What finds a wrong descriptor, or one that nests too deep, is epoll_ctl(2).
      'epoll_ctl',
    )
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Lets the watcher keep the process (or worker) alive, as it does at first. */
  ref(): this {
    return this.#reference(true)
  }

  /** Lets the process exit although the watcher is open. */
  unref(): this {
    return this.#reference(false)
  }

  hasRef(): boolean {
    return this.#referenced && !this.#closed
  }

  /**
   * Watches another epoll instance from now on, or the same number after dup3(2) gave it another meaning.
   *
   * @throws {SystemError} `EBADF`, `EINVAL`; the watcher then goes on with the old one.
   */
  reattach(epoll: Epoll | number): void {
    if (this.#closed) throw new SystemError(Errno.EBADF, 'dup3', 'the watcher is closed')
    check(native.watcherReattach(this.#watcher, toFd(epoll)), 'dup3')
  }

  /** Ends the watching at once: no batch is delivered any more. A second call does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    native.watcherClose(this.#watcher)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #reference(referenced: boolean): this {
    if (this.#closed || this.#referenced === referenced) return this
    this.#referenced = referenced
    if (referenced) native.watcherRef(this.#watcher)
    else native.watcherUnref(this.#watcher)
    return this
  }
}

function toFd(epoll: Epoll | number): number {
  return typeof epoll === 'object' && epoll !== null ? epoll.fd : epoll
}

function chooseEngine(engine: WatcherEngine | undefined): WatcherEngine {
  // By what the runtime is, not by its symbols: Bun's uv_poll_init aborts, Deno's fires once.
  const { bun, deno } = process.versions as Readonly<Partial<Record<'bun' | 'deno', string>>>
  const isNode = bun === undefined && deno === undefined
  switch (engine) {
    case undefined:
      return isNode && native.hasUvPoll ? 'uv' : 'thread'
    case 'thread':
      return engine
    case 'uv':
      if (isNode && native.hasUvPoll) return engine
      throw new SystemError(
        Errno.EOPNOTSUPP,
        'uv_poll_init',
        'this runtime has no libuv: use engine "thread"',
      )
    default:
      throw new TypeError('EpollWatcher: the engine must be "uv" or "thread"')
  }
}

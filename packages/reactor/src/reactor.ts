import { AsyncResource } from 'node:async_hooks'
import { type Audit, audit } from './audit.js'
import { Bell, bellSlot } from './bell.js'
import { tellBatch, tellRebuild } from './diagnostics.js'
import { Dispatcher } from './dispatcher.js'
import { Endings } from './endings.js'
import { ReactorClosedError, ReentrantPollError } from './errors.js'
import { EventLoop } from './event-loop.js'
import { InterestList } from './interest-list.js'
import { KernelPoller } from './kernel-poller.js'
import { type SharedReactor, SlotTable } from './loan/slot-table.js'
import { type ReactorOptions, type RegisterOptions, withDefaults } from './options.js'
import type { Poller } from './poller.js'
import { rebuild } from './rebuild.js'
import type { Handler, Registration } from './registration.js'
import { SlotPool } from './slot-pool.js'
import { Counters, type ReactorStats } from './stats.js'
import { Thrown } from './thrown.js'
import type { Waker } from './waker.js'
import { Wakers } from './wakers.js'

/**
 * Waits for descriptors and calls their handlers. Works the same on the main thread and in a worker; one thread can have
 * several.
 */
export class Reactor {
  readonly #poller: Poller
  readonly #table: SlotTable
  readonly #pool: SlotPool
  readonly #list: InterestList
  readonly #dispatcher: Dispatcher
  readonly #endings: Endings
  readonly #counters = new Counters()
  readonly #thrown: Thrown
  readonly #wakers: Wakers
  readonly #bell: Bell
  readonly #loop: EventLoop
  #isClosed = false

  /** @throws {InvalidRegistrationError} for options out of bounds @throws {SystemError} `EMFILE` … */
  constructor(options: ReactorOptions = {}) {
    const { capacity, batch, loop, onError, engine, poller } = withDefaults(options)
    this.#thrown = new Thrown(onError)
    this.#table = SlotTable.create(capacity)
    this.#pool = new SlotPool(capacity)
    this.#poller = poller ?? new KernelPoller(batch, engine)
    try {
      this.#bell = new Bell()
    } catch (error) {
      this.#poller.close()
      throw error
    }
    this.#loop = new EventLoop(this.#poller, this.#bell)
    this.#endings = new Endings((error) => this.#threwInEnd(error))
    this.#list = new InterestList(
      this.#poller,
      this.#table,
      this.#pool,
      (registration) => this.#wantsTurn(registration),
      () => this.#keepAlive(),
      this.#endings,
    )
    this.#wakers = new Wakers(this.#list)
    this.#dispatcher = new Dispatcher(
      this.#poller,
      this.#list,
      this.#pool,
      this.#thrown,
      this.#counters,
    )
    this.#table.epfd = this.#poller.epfd
    this.#table.bell = this.#bell.fd
    try {
      this.#bell.addTo(this.#poller.ctl)
      if (loop === 'attached') this.#attach()
    } catch (error) {
      this.#bell.close()
      this.#poller.close()
      throw error
    }
  }

  /**
   * Puts a descriptor on the list. It stays the caller's: `deregister` gives it back, `close` closes it.
   *
   * @param interest bits of `Interest`
   * @throws {AlreadyRegisteredError} @throws {InvalidRegistrationError} @throws {NotPollableError} a regular file
   * @throws {ReactorClosedError} @throws {ReactorFullError}
   * @throws {SystemError} `EBADF` (no open descriptor), `ELOOP`, `ENOSPC`, `ENOMEM`
   */
  register(
    fd: number,
    interest: number,
    handler: Handler,
    { mode = 'level', notPollable = 'refuse', keepContext = false, onEnd }: RegisterOptions = {},
  ): Registration {
    const bind = keepContext ? inContextOfNow : asItIs
    return this.#list.register(fd, interest, mode, bind(handler), notPollable, bind(onEnd))
  }

  /**
   * Waits, **blocking the thread**, until something is ready or `timeoutMs` are over (-1: for ever; a fraction is rounded up), and
   * calls the handlers of one batch. Returns how many were called: 0 when time is up, and also when what ended the wait
   * was for no handler (a stale event, a returned loan). A waker ends the wait.
   *
   * @throws {RangeError} for another negative time @throws {ReentrantPollError} from a handler @throws {ReactorClosedError}
   * @throws whatever the handlers threw, and each `onEnd` since the last batch, unless there is an `onError`
   */
  poll(timeoutMs = -1): number {
    if (this.#isClosed) throw new ReactorClosedError()
    if (this.#dispatcher.dispatching || this.#endings.telling) throw new ReentrantPollError()
    const mustReturn = this.#dispatcher.hasWaiting || this.#thrown.some
    return this.#batch(this.#poller.wait(mustReturn ? 0 : timeoutMs))
  }

  /** Makes a bell that any thread can ring: it ends a wait, and calls `handler` on this one. @throws {SystemError} */
  waker(handler: () => void = () => {}): Waker {
    if (this.#isClosed) throw new ReactorClosedError()
    return this.#wakers.open(handler)
  }

  /** What to post to a worker, once, which makes a `LoanDesk` of it. */
  share(): SharedReactor {
    return { table: this.#table.memory }
  }

  /**
   * Ends the loans of a worker that is gone: what it had borrowed is closed, what it was re-arming is armed. Tickets that
   * it had not borrowed yet are not its: `recall()` those registrations.
   *
   * @param threadId the worker's, remembered while it ran (`worker.threadId` is -1 afterwards)
   */
  reclaim(threadId: number): { readonly closed: number; readonly rearmed: number } {
    const ended = this.#list.lending.reclaim(threadId)
    // The last loan may have been a dead worker's: nobody rings for it.
    if (this.#isClosed) this.#finishClosing()
    return ended
  }

  /** Lets the reactor keep the thread's event loop alive while something is registered, as it does at first. */
  ref(): this {
    this.#loop.referenced = true
    this.#keepAlive()
    return this
  }

  /** Lets the process exit although something is registered. */
  unref(): this {
    this.#loop.referenced = false
    this.#keepAlive()
    return this
  }

  /** What is registered now: a copy of the list, without the wakers. */
  get registrations(): Registration[] {
    return this.#wakers.others
  }

  stats(): ReactorStats {
    return this.#counters.snapshot(this.#list.count - this.#wakers.count)
  }

  /**
   * Compares our list with the kernel's, which is read from /proc. Exact while no loan is out.
   *
   * @throws {ReactorClosedError}
   */
  audit(): Audit {
    if (this.#isClosed) throw new ReactorClosedError()
    const entries = this.#poller.entries().filter((entry) => entry.tokenLow !== bellSlot)
    return audit(this.#list, entries)
  }

  get closed(): boolean {
    return this.#isClosed
  }

  /**
   * The descriptors that the reactor itself has open, without its wakers'. A thread that dies leaves them behind: whoever runs reactors in
   * threads notes them elsewhere, and closes them when the thread is gone. Empty once closed.
   */
  get descriptors(): readonly number[] {
    return this.#bell.closed ? [] : [this.#poller.epfd, this.#bell.fd]
  }

  /**
   * Ends every registration. Descriptors stay open and are the caller's, except those on loan, which are shut down, and closed when
   * they come back: until then the epoll stays. A second call does nothing. Safe in a handler.
   *
   * @throws with `loop: 'manual'`, outside of a batch: what each `onEnd` threw that no `poll` has, once everything is done
   */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#table.markClosed()
    this.#wakers.closeAll()
    const isPolled = !this.#loop.attached
    this.#list.endAll()
    if (this.#list.lending.hasLoans && isPolled) this.#attach()
    this.#finishClosing()
    this.#endings.tell()
    if (this.#dispatcher.dispatching) return
    if (isPolled && !this.#endings.telling) this.#thrown.surface()
    else this.#thrown.surfaceLater()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #attach(): void {
    this.#loop.attach((count) => {
      this.#batch(count)
      // Who asks to be called again has given up its turn, to everything else on the loop.
      return !this.#dispatcher.hasWaiting
    })
    this.#keepAlive()
  }

  #batch(count: number): number {
    const delivered = this.#dispatcher.dispatch(count)
    let errors = this.#thrown.take()
    if (this.#isClosed) this.#finishClosing()
    else if (this.#dispatcher.sawGhost) errors = [...errors, ...this.#rebuild()]
    tellBatch(this, count, delivered, errors)
    this.#thrown.surface(errors)
    return delivered
  }

  #rebuild(): unknown[] {
    try {
      rebuild(this.#list, this.#poller, (ctl) => this.#bell.addTo(ctl))
      this.#counters.rebuilds++
      tellRebuild(this)
      return []
    } catch (error) {
      tellRebuild(this, error)
      // No descriptor is free for a new epoll: the ghost stays, and the next of its events tries again.
      return [error]
    }
  }

  #threwInEnd(error: unknown): void {
    this.#thrown.add(error)
    if (this.#dispatcher.dispatching) return
    // Polled by hand, they are the next poll's, or the close's.
    if (this.#loop.attached || this.#isClosed) this.#thrown.surfaceLater()
  }

  #wantsTurn(registration: Registration): void {
    this.#dispatcher.enqueue(registration)
    this.#loop.hurry(() => {
      if (!this.#isClosed && this.#dispatcher.hasWaiting) this.#batch(0)
    })
  }

  #keepAlive(): void {
    this.#loop.keepAlive(this.#list.count)
  }

  #finishClosing(): void {
    if (this.#list.lending.hasLoans || this.#bell.closed) return
    this.#loop.leave()
    this.#poller.close()
    // Loans end before their borrowers ring: one may be about to.
    this.#bell.close(!this.#table.closeBell())
  }
}

function inContextOfNow<T>(call: T): T {
  return typeof call === 'function' ? (AsyncResource.bind(call as Handler) as T) : call
}

function asItIs<T>(call: T): T {
  return call
}

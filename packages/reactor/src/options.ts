import type { WatcherEngine } from '@rearm/epoll-native'
import { InvalidRegistrationError } from './errors.js'
import type { NotPollable } from './interest-list.js'
import type { Mode } from './mode.js'
import type { Poller } from './poller.js'
import type { Registration } from './registration.js'

export interface ReactorOptions {
  /**
   * `attached` (the default): handlers are called on the thread's own event loop, which the reactor keeps alive while something is
   * registered. `manual`: whoever owns the thread calls `poll`.
   */
  readonly loop?: 'attached' | 'manual'
  /** How many registrations there can be, 1 to 4194304; 24 bytes of shared memory each, once used. Default 65536. */
  readonly capacity?: number
  /**
   * How many events one turn takes, 1 to 65536, in up to 16 batches under load: the bound on how long a turn can be. One in which
   * somebody asks for `again()` ends with its batch. Default 1024.
   */
  readonly batch?: number
  /**
   * Told of each error that a handler or an `onEnd` throws. Default: they are thrown, after the batch, by `poll`, or as uncaught
   * exceptions of the event loop; several at once as one `AggregateError`.
   */
  readonly onError?: (error: unknown) => void
  /** How the event loop is joined; see `EpollWatcher`. */
  readonly engine?: WatcherEngine
  /** Takes the place of the kernel, in tests. */
  readonly poller?: Poller
}

export interface RegisterOptions {
  /** Default `level`. */
  readonly mode?: Mode
  /** What to do with a regular file: `refuse` (the default), or treat it as `always-ready`. */
  readonly notPollable?: NotPollable
  /** Calls the handler, and `onEnd`, in the `AsyncLocalStorage` context of now. It costs a little per call. Default false. */
  readonly keepContext?: boolean
  /**
   * Called exactly once, on the reactor's thread, when the registration has ended, by whatever: `deregister`, `close`, a returned
   * or reclaimed loan, `reactor.close`, a kernel that refused to re-arm it, its number registered anew after it was closed behind
   * the reactor's back. Never when `register` threw. `registration.ended` is true by then, and what was to be closed is closed.
   *
   * It is called before the call that ended it returns, and may do what a handler may: register, end others (theirs are called when it
   * has returned), close the reactor, not `poll`. `registration.fd` can be read, but only as a name: the descriptor is open and the caller's
   * after `deregister` and `reactor.close`, and after a close the number may be somebody else's already. So look up what is yours by the
   * registration, not by the number.
   *
   * What it throws derails nobody, and surfaces where a handler's error does: after the batch in which it ended. Ended
   * outside of a batch: attached, in the event loop's next turn; manual, in the next `poll`, or in `reactor.close` if that comes first.
   */
  readonly onEnd?: (registration: Registration) => void
}

/** The same with what was left out. @throws {InvalidRegistrationError} for a value out of bounds */
export function withDefaults(options: ReactorOptions) {
  const { capacity = 65536, batch = 1024, loop = 'attached', onError, engine, poller } = options
  checkBound('capacity', capacity, 4194304)
  checkBound('batch', batch, 65536)
  if (loop !== 'attached' && loop !== 'manual') {
    throw new InvalidRegistrationError("the loop must be 'attached' or 'manual'")
  }
  return { capacity, batch, loop, onError, engine, poller }
}

function checkBound(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return
  throw new InvalidRegistrationError(`the ${name} must be an integer from 1 to ${most}`)
}

import { Errno, SystemError } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import {
  accept4,
  ShutdownMode,
  SocketFlag,
  SocketOption,
  setSocketOption,
  shutdown,
} from '@rearm/epoll-native/socket'
import { Interest, type Reactor, ReactorError, type Registration } from '@rearm/reactor'
import { backlog } from '../../program/listener.js'

const acceptsPerTurn = 64
/** As many as the kernel keeps waiting: who connects on and on does not hold up a stop. */
const acceptsAtStop = backlog + 1
/** How long to wait for a free descriptor or for memory before accepting again (ms). */
const pause = 100

const outOfResources: readonly number[] = [
  -Errno.EMFILE,
  -Errno.ENFILE,
  -Errno.ENOBUFS,
  -Errno.ENOMEM,
]

export interface AcceptorOptions {
  /** Asked before each accept: false leaves clients in the backlog until `resume()`. */
  readonly hasRoom: () => boolean
  /** Takes the descriptor over. If it throws, the acceptor closes it. */
  readonly accepted: (fd: number) => void
}

/** Accepts on a reactor's thread, as long as there is room; without descriptors it waits instead of spinning. */
export class Acceptor {
  readonly #registration: Registration
  readonly #options: AcceptorOptions
  #resumption: NodeJS.Timeout | undefined
  #isPaused = false
  #isHeld = false

  constructor(reactor: Reactor, listener: number, options: AcceptorOptions) {
    this.#options = options
    this.#registration = reactor.register(listener, Interest.READABLE, () => this.#accept())
  }

  /** Whether it waits for `resume()`, or for descriptors. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Leaves clients in the backlog until `release()`, whoever makes room meanwhile. */
  hold(): void {
    this.#isHeld = true
    clearTimeout(this.#resumption)
    if (!this.#isPaused) this.#pause()
  }

  release(): void {
    this.#isHeld = false
    this.resume()
  }

  resume(): void {
    clearTimeout(this.#resumption)
    if (!this.#isPaused || this.#isHeld || this.#registration.ended) return
    this.#isPaused = false
    this.#registration.rearm()
  }

  /** Accepts who waits already, as far as there is room; who comes after that is refused. The descriptor stays open, and is the caller's. */
  stop(): void {
    this.#accept(acceptsAtStop)
    clearTimeout(this.#resumption)
    this.#registration.deregister()
    refuse(this.#registration.fd)
  }

  #accept(most = acceptsPerTurn): void {
    const { hasRoom, accepted } = this.#options
    for (let turn = 0; turn < most; turn++) {
      if (!hasRoom()) {
        this.#pause()
        return
      }
      const fd = accept4(this.#registration.fd, SocketFlag.NONBLOCK | SocketFlag.CLOEXEC)
      if (fd === -Errno.EAGAIN) return
      if (outOfResources.includes(fd)) {
        this.#pause(pause)
        return
      }
      // Whatever else: that one went away (ECONNABORTED, a network error); the next may be well.
      if (fd < 0) continue
      try {
        setSocketOption(fd, SocketOption.TCP_NODELAY, true)
        accepted(fd)
      } catch (error) {
        close(fd)
        // No room in the reactor or the kernel is no reason to fall over; anything else is a mistake of ours.
        if (!(error instanceof ReactorError) && !(error instanceof SystemError)) throw error
        this.#pause(pause)
        return
      }
    }
  }

  #pause(retryMs?: number): void {
    if (this.#registration.ended) return
    this.#isPaused = true
    this.#registration.disarm()
    if (retryMs !== undefined) this.#resumption = setTimeout(() => this.resume(), retryMs)
  }
}

/** Has the kernel refuse whoever connects from now on. The number stays the listener's, whichever thread is to close it. */
export function refuse(listener: number): void {
  shutdown(listener, ShutdownMode.READ)
}

import { EpollFlag } from '@rearm/epoll-native'
import { ReactorClosedError } from './errors.js'
import type { InterestList } from './interest-list.js'
import type { Registration } from './registration.js'
import { Waker } from './waker.js'

/** A reactor's open wakers. They are on its list, but are nobody's registrations. */
export class Wakers {
  readonly #list: InterestList
  readonly #open = new Set<Waker>()

  constructor(list: InterestList) {
    this.#list = list
  }

  get count(): number {
    return this.#open.size
  }

  /** What is registered on the list by others. */
  get others(): Registration[] {
    const ours = new Set(Array.from(this.#open, ({ fd }) => fd))
    return Array.from(this.#list).filter(({ fd }) => !ours.has(fd))
  }

  open(handler: () => void): Waker {
    const waker: Waker = new Waker(() => {
      this.#open.delete(waker)
      registration?.deregister()
    })
    const heard = () => {
      waker.hear()
      handler()
    }
    let registration: Registration | undefined
    // Before it is registered: that may tell the end of a registration whose number the eventfd has got, and whoever
    // is told must not take the waker for somebody's registration.
    this.#open.add(waker)
    try {
      // Edge-triggered, and never read: every write is an edge.
      registration = this.#list.register(waker.fd, EpollFlag.IN, 'edge', heard, 'refuse')
    } catch (error) {
      waker.close()
      throw error
    }
    if (waker.closed) {
      // Whoever was told has closed the reactor.
      registration.deregister()
      throw new ReactorClosedError()
    }
    return waker
  }

  closeAll(): void {
    for (const waker of [...this.#open]) waker.close()
  }
}

import { EpollFlag, EpollOp, EventFd, SystemError } from '@rearm/epoll-native'
import type { Ctl } from './loan/arm.js'

/** The token's low half of the bell: no slot has this number. */
export const bellSlot = 0xffffffff

/** The reactor's own eventfd, on its own epoll: borrowers ring it when they return a loan. */
export class Bell {
  readonly #eventFd = new EventFd()

  get fd(): number {
    return this.#eventFd.fd
  }

  get closed(): boolean {
    return this.#eventFd.closed
  }

  /** Puts it on a kernel's list. Never read: every ring is an edge. @throws {SystemError} */
  addTo(ctl: Ctl): void {
    const result = ctl(EpollOp.ADD, this.fd, EpollFlag.IN | EpollFlag.ET, bellSlot, 0)
    if (result < 0) throw new SystemError(result, 'epoll_ctl')
  }

  ring(): void {
    this.#eventFd.write()
  }

  /** @param mayBeRung a thread that has died may have been about to ring: the number then stays taken for ever */
  close(mayBeRung = false): void {
    if (mayBeRung) this.#eventFd.release()
    else this.#eventFd.close()
  }
}

import { readFileSync } from 'node:fs'
import {
  DescriptorFlag,
  Epoll,
  EpollEvents,
  EpollWatcher,
  epollCtl,
  SystemError,
  type WatcherEngine,
} from '@rearm/epoll-native'
import { close, dup3 } from '@rearm/epoll-native/io'
import { ShutdownMode, shutdown } from '@rearm/epoll-native/socket'
import type { Ctl } from './loan/arm.js'
import type { Attachment, KernelEntry, Poller } from './poller.js'

/** epoll(7) itself. */
export class KernelPoller implements Poller {
  readonly epfd: number
  readonly ctl: Ctl
  readonly #epoll = new Epoll()
  readonly #events: EpollEvents
  readonly #engine: WatcherEngine | undefined
  readonly #watchers = new Set<EpollWatcher>()

  /** @param batch how many events one wait can bring */
  constructor(batch: number, engine?: WatcherEngine) {
    this.#events = new EpollEvents(batch)
    this.#engine = engine
    this.epfd = this.#epoll.fd
    this.ctl = ctlOf(this.epfd)
  }

  wait(timeoutMs: number): number {
    return this.#epoll.wait(this.#events, timeoutMs)
  }

  flags(index: number): number {
    return this.#events.flags(index)
  }

  tokenLow(index: number): number {
    return this.#events.tokenLow(index)
  }

  tokenHigh(index: number): number {
    return this.#events.tokenHigh(index)
  }

  replace(fill: (ctl: Ctl) => void): void {
    using fresh = new Epoll()
    fill(ctlOf(fresh.fd))
    // One step: a thread that re-arms meanwhile finds the old list or the new one, never none.
    const result = dup3(fresh.fd, this.epfd, DescriptorFlag.CLOEXEC)
    if (result < 0) throw new SystemError(result, 'dup3')
    for (const watcher of this.#watchers) watcher.reattach(this.epfd)
  }

  attach(onBatch: (count: number) => boolean): Attachment {
    const options = this.#engine === undefined ? {} : { engine: this.#engine }
    const watcher = new EpollWatcher(this.#epoll, this.#events, onBatch, options)
    this.#watchers.add(watcher)
    return {
      ref: () => watcher.ref(),
      unref: () => watcher.unref(),
      close: () => {
        this.#watchers.delete(watcher)
        watcher.close()
      },
    }
  }

  entries(): KernelEntry[] {
    const text = readFileSync(`/proc/self/fdinfo/${this.epfd}`, 'utf8')
    const lines = text.matchAll(/^tfd:\s*(\d+) events:\s*([\da-f]+) data:\s*([\da-f]+)/gm)
    return Array.from(lines, ([, fd = '', events = '', data = '']) => {
      const token = BigInt(`0x${data}`)
      return {
        fd: Number(fd),
        events: Number.parseInt(events, 16),
        tokenLow: Number(token & 0xffffffffn),
        tokenHigh: Number(token >> 32n),
      }
    })
  }

  closeDescriptor(fd: number): number {
    return close(fd)
  }

  shutdownDescriptor(fd: number): number {
    return shutdown(fd, ShutdownMode.BOTH)
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers.clear()
    this.#epoll.close()
    this.#events.release()
  }
}

function ctlOf(epfd: number): Ctl {
  return (op, fd, events, low, high) => epollCtl(epfd, op, fd, events, low, high)
}

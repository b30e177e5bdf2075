import { EpollFlag, EpollOp, Errno } from '@rearm/epoll-native'
import type { Ctl } from '../loan/arm.js'
import type { Attachment, KernelEntry, Poller } from '../poller.js'

const { EXCLUSIVE, ONESHOT, ET, ERR, HUP } = EpollFlag

/** One event of a scripted batch. Without a token it gets the one that the descriptor is registered with. */
export interface FakeEvent {
  readonly fd: number
  readonly flags: number
  readonly token?: { readonly low: number; readonly high: number }
}

interface Entry {
  events: number
  low: number
  high: number
}

/**
 * A kernel that plays a script: descriptors are any numbers, and what is ready is what the test says, in the order in which
 * it says it. So an interleaving that the real one shows once in a million waits can be written down.
 *
 *     const kernel = new FakePoller()
 *     const reactor = new Reactor({ loop: 'manual', poller: kernel })
 *     kernel.open(7)
 *     reactor.register(7, Interest.READABLE, handler)
 *     kernel.script([{ fd: 7, flags: EpollFlag.IN }])
 *     reactor.poll()
 */
export class FakePoller implements Poller {
  readonly epfd = 1_000_000_000
  /** What was asked of it: `ADD 7`, `MOD 7`, `DEL 7`, `close 7`, `shutdown 7`, `replace`. */
  readonly calls: string[] = []
  /** Called by `wait`, before the batch is taken: what other threads do while the reactor sleeps. */
  onWait: (timeoutMs: number) => void = () => {}
  readonly #open = new Map<number, 'pollable' | 'file'>()
  readonly #batches: FakeEvent[][] = []
  #list = new Map<number, Entry>()
  #batch: { flags: number; low: number; high: number }[] = []
  #onBatch: ((count: number) => void) | undefined
  #closed = false

  /** Opens a descriptor; a `file` cannot be watched. */
  open(fd: number, kind: 'pollable' | 'file' = 'pollable'): void {
    this.#open.set(fd, kind)
  }

  isOpen(fd: number): boolean {
    return this.#open.has(fd)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Closes a number behind the reactor's back. As in the kernel, the entry goes with it, unless a duplicate is kept. */
  closeBehind(fd: number, options: { readonly duplicateKept?: boolean } = {}): void {
    this.#open.delete(fd)
    const entry = this.#list.get(fd)
    this.#list.delete(fd)
    // A negative key: no number reaches it any more, but it is on the list.
    if (options.duplicateKept === true && entry !== undefined) this.#list.set(-1 - fd, entry)
  }

  /** Adds a batch to the script: one `wait` returns it. */
  script(...batches: readonly (readonly FakeEvent[])[]): void {
    for (const batch of batches) this.#batches.push([...batch])
  }

  /** The token that a descriptor is registered with. @throws {RangeError} when it is not */
  tokenOf(fd: number): { readonly low: number; readonly high: number } {
    const entry = this.#list.get(fd)
    if (entry === undefined) throw new RangeError(`FakePoller: ${fd} is not registered`)
    return { low: entry.low, high: entry.high }
  }

  /** With an attached reactor: delivers the next batch of the script as the event loop would. */
  deliver(): void {
    const count = this.wait(0)
    if (count > 0) this.#onBatch?.(count)
  }

  readonly ctl: Ctl = (op, fd, events, low, high) =>
    this.#ctl(this.#list, op, fd, events, low, high)

  wait(timeoutMs: number): number {
    this.onWait(timeoutMs)
    this.#batch = (this.#batches.shift() ?? []).map(({ fd, flags, token }) => {
      const entry = this.#list.get(fd)
      const { low, high } = token ?? this.tokenOf(fd)
      if (entry !== undefined && (entry.events & ONESHOT) !== 0) {
        entry.events = (entry.events & (ONESHOT | ET)) >>> 0
      }
      return { flags, low, high }
    })
    return this.#batch.length
  }

  flags(index: number): number {
    return this.#at(index).flags
  }

  tokenLow(index: number): number {
    return this.#at(index).low
  }

  tokenHigh(index: number): number {
    return this.#at(index).high
  }

  replace(fill: (ctl: Ctl) => void): void {
    const fresh = new Map<number, Entry>()
    this.calls.push('replace')
    fill((op, fd, events, low, high) => this.#ctl(fresh, op, fd, events, low, high))
    this.#list = fresh
  }

  attach(onBatch: (count: number) => void): Attachment {
    this.#onBatch = onBatch
    return {
      ref: () => {},
      unref: () => {},
      close: () => {
        this.#onBatch = undefined
      },
    }
  }

  entries(): KernelEntry[] {
    return Array.from(this.#list, ([fd, { events, low, high }]) => ({
      fd: fd < 0 ? -1 - fd : fd,
      events,
      tokenLow: low,
      tokenHigh: high,
    }))
  }

  closeDescriptor(fd: number): number {
    this.calls.push(`close ${fd}`)
    if (!this.#open.delete(fd)) return -Errno.EBADF
    this.#list.delete(fd)
    return 0
  }

  shutdownDescriptor(fd: number): number {
    this.calls.push(`shutdown ${fd}`)
    return 0
  }

  close(): void {
    this.#closed = true
    this.#list.clear()
  }

  #at(index: number): { flags: number; low: number; high: number } {
    const event = this.#batch[index]
    if (event === undefined) throw new RangeError(`FakePoller: the batch has no event ${index}`)
    return event
  }

  #ctl(
    list: Map<number, Entry>,
    op: number,
    fd: number,
    events: number,
    low: number,
    high: number,
  ): number {
    const name = op === EpollOp.ADD ? 'ADD' : op === EpollOp.MOD ? 'MOD' : 'DEL'
    // The reactor's own bell is a real descriptor, and no business of the test's.
    const bell = low === 0xffffffff
    if (!bell) this.calls.push(`${name} ${fd}`)
    const kind = bell ? 'pollable' : this.#open.get(fd)
    if (kind === undefined) return -Errno.EBADF
    if (kind === 'file') return -Errno.EPERM
    const entry = list.get(fd)
    const asked = (events | ERR | HUP) >>> 0
    if (op === EpollOp.ADD) {
      if (entry !== undefined) return -Errno.EEXIST
      list.set(fd, { events: asked, low, high })
      return 0
    }
    if (entry === undefined) return -Errno.ENOENT
    if (op === EpollOp.DEL) {
      list.delete(fd)
    } else {
      if (((entry.events | events) & EXCLUSIVE) !== 0) return -Errno.EINVAL
      entry.events = asked
      entry.low = low
      entry.high = high
    }
    return 0
  }
}

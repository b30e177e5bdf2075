import { Errno } from '@rearm/epoll-native'
import { type IoBuffer, read } from '@rearm/epoll-native/io'
import { MessageFlag, send } from '@rearm/epoll-native/socket'
import { Uptake } from '../program/uptake.js'

/** What an attempt to echo ended with. */
export const Echo = {
  /** Everything that was there is echoed. */
  DRAINED: 0,
  /** There may be more: its turn is over, not its input. */
  BUSY: 1,
  /** The peer does not read: what could not be sent waits in `unsent`, and nothing is read meanwhile. */
  BLOCKED: 2,
  /** The stream is over, by its end or by an error. */
  OVER: 3,
} as const
export type Echo = (typeof Echo)[keyof typeof Echo]

/** One client: a descriptor, and at most one buffer of bytes that its socket would not take yet. */
export class Connection {
  readonly fd: number
  /** Tells this client from the next one that gets the same number. */
  readonly generation: number
  /** When it last sent or took a byte (ms of `performance.now()`). */
  lastActive: number
  readonly uptake = new Uptake()
  #unsent: Uint8Array | undefined

  constructor(fd: number, generation: number, now: number) {
    this.fd = fd
    this.generation = generation
    this.lastActive = now
  }

  get hasUnsent(): boolean {
    return this.#unsent !== undefined
  }

  /** Reads and answers, at most `turns` times, so that one loud client cannot starve the others. */
  echo(buffer: IoBuffer, turns: number): Echo {
    if (this.#unsent !== undefined) {
      const flushed = this.#flush(this.#unsent)
      if (flushed !== Echo.DRAINED) return flushed
    }
    for (let turn = 0; turn < turns; turn++) {
      const count = read(this.fd, buffer.id)
      if (count === -Errno.EAGAIN) return Echo.DRAINED
      if (count === -Errno.EINTR) continue
      if (count <= 0) return Echo.OVER
      const sent = send(this.fd, buffer.id, 0, count, MessageFlag.DONTWAIT)
      if (sent === count) continue
      if (sent < 0 && sent !== -Errno.EAGAIN) return Echo.OVER
      // The buffer is everybody's: what is left of it is copied out.
      this.#unsent = buffer.bytes.slice(Math.max(sent, 0), count)
      return Echo.BLOCKED
    }
    return Echo.BUSY
  }

  #flush(unsent: Uint8Array): Echo {
    const sent = send(this.fd, unsent, 0, unsent.length, MessageFlag.DONTWAIT)
    if (sent === -Errno.EAGAIN) return Echo.BLOCKED
    if (sent < 0) return Echo.OVER
    this.#unsent = sent < unsent.length ? unsent.subarray(sent) : undefined
    return this.#unsent === undefined ? Echo.DRAINED : Echo.BLOCKED
  }
}

import assert from 'node:assert/strict'
import { close, dup, write } from '@rearm/epoll-native/io'
import { Interest, type Reactor } from '../../src/index.js'
import { connectedPair } from '../connected-pair.js'

/** Makes ghosts, and closes their duplicates once they have been found. */
export class Ghosts {
  readonly #reactor: Reactor
  readonly #open: { readonly fds: readonly number[]; readonly rebuilds: number }[] = []
  /** How many there were. */
  made = 0

  constructor(reactor: Reactor) {
    this.#reactor = reactor
  }

  /** Closes a duplicated descriptor behind the reactor's back, and has it fire. */
  make(): void {
    const { rebuilds } = this.#reactor.stats()
    this.#closeThoseBefore(rebuilds)
    this.made++
    const [fd, peer] = connectedPair()
    const registration = this.#reactor.register(fd, Interest.READABLE, () => {
      throw new Error('a ghost was delivered')
    })
    const duplicate = dup(fd)
    assert.equal(close(fd), 0)
    registration.close()
    assert.equal(write(peer, Uint8Array.of(1)), 1)
    this.#open.push({ fds: [duplicate, peer], rebuilds })
  }

  dispose(): void {
    this.#closeThoseBefore(Number.POSITIVE_INFINITY)
  }

  #closeThoseBefore(rebuild: number): void {
    while (this.#open[0] !== undefined && this.#open[0].rebuilds < rebuild) {
      for (const fd of this.#open.shift()?.fds ?? []) assert.equal(close(fd), 0)
    }
  }
}

import assert from 'node:assert/strict'
import { close, dup, read, write } from '@rearm/epoll-native/io'
import { connectedPair } from '../connected-pair.js'

const byte = Uint8Array.of(1)
const room = new Uint8Array(4096)

/** A socket of ours and its peer: what the model knows of the kernel. */
export class Channel {
  readonly fd: number
  readonly #peer: number
  readonly #duplicates: number[] = []
  isOpen = true
  peerIsOpen = true
  unread = 0

  constructor() {
    const [fd, peer] = connectedPair()
    this.fd = fd
    this.#peer = peer
  }

  get hasDuplicates(): boolean {
    return this.#duplicates.length > 0
  }

  duplicate(): void {
    if (this.isOpen && this.#duplicates.length < 2) this.#duplicates.push(dup(this.fd))
  }

  closeDuplicates(): void {
    for (const duplicate of this.#duplicates.splice(0)) assert.equal(close(duplicate), 0)
  }

  /** close(2), and nothing else. */
  close(): void {
    assert.equal(close(this.fd), 0)
    this.isOpen = false
  }

  /** The peer writes. Returns whether there was anybody to write to. */
  write(): boolean {
    if (!this.peerIsOpen || !(this.isOpen || this.hasDuplicates)) return false
    if (write(this.#peer, byte) === 1) this.unread++
    return true
  }

  drain(): void {
    if (!this.isOpen) return
    while (read(this.fd, room) > 0);
    this.unread = 0
  }

  hangUp(): void {
    if (this.peerIsOpen) assert.equal(close(this.#peer), 0)
    this.peerIsOpen = false
  }

  dispose(): void {
    if (this.isOpen) this.close()
    this.closeDuplicates()
    this.hangUp()
  }
}

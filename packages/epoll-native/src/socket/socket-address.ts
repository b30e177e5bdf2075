import { endianness } from 'node:os'
import type { Address } from './address.js'
import { decodeAddress, encodeAddress, storageSize } from './address-codec.js'

const little = endianness() === 'LE'

// As native/src/address.h: the length in four bytes, then the kernel's struct sockaddr_storage.
const lengthSize = 4

/** @internal */
export const addressBlockSize = lengthSize + storageSize

/**
 * A socket address in the kernel's own form, reusable, so that `accept4`, `recvfrom` and `sendto` allocate
 * nothing. `toAddress()` spells it out.
 */
export class SocketAddress {
  readonly #block: Uint8Array
  readonly #view: DataView

  /** @throws {TypeError} for no address. @throws {RangeError} for a part that does not fit */
  constructor(address?: Address) {
    this.#block = nextBlock ?? new Uint8Array(addressBlockSize)
    nextBlock = undefined
    this.#view = new DataView(this.#block.buffer, this.#block.byteOffset, addressBlockSize)
    if (address !== undefined) this.set(address)
  }

  /** Bytes used of the kernel's 128; 0: no address. */
  get length(): number {
    return this.#view.getUint32(0, little)
  }

  /** @throws {TypeError} for no address. @throws {RangeError} for a part that does not fit; nothing has changed then */
  set(address: Address): void {
    const storage = new Uint8Array(storageSize)
    const length = encodeAddress(address, storage)
    this.#block.set(storage, lengthSize)
    this.#view.setUint32(0, length, little)
  }

  /** Makes this the same address as `other`, without allocating. */
  copy(other: SocketAddress): void {
    this.#block.set(other.#block)
  }

  /** Makes this no address: for packets of a connected socket. */
  clear(): void {
    this.#block.fill(0)
  }

  /** Whether two addresses are the same, byte for byte, without allocating. */
  equals(other: SocketAddress): boolean {
    if (!(other instanceof SocketAddress)) {
      throw new TypeError('SocketAddress: the "other" argument must be a SocketAddress')
    }
    const length = this.length
    if (other.length !== length) return false
    for (let index = lengthSize; index < lengthSize + length; index++) {
      if (this.#block[index] !== other.#block[index]) return false
    }
    return true
  }

  toAddress(): Address {
    return decodeAddress(this.#block.subarray(lengthSize), this.length)
  }

  /** @internal An address that lies in memory of a packet array. */
  static over(block: Uint8Array): SocketAddress {
    nextBlock = block
    return new SocketAddress()
  }

  /** @internal The block that the addon reads and writes. */
  static blockOf(address: SocketAddress | Address): Uint8Array {
    if (typeof address !== 'object' || address === null) {
      throw new TypeError('the "address" argument must be a SocketAddress or an Address')
    }
    return #block in address ? address.#block : new SocketAddress(address).#block
  }
}

// How `over` reaches the constructor without a second public parameter.
let nextBlock: Uint8Array | undefined

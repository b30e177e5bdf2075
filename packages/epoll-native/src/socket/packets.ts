import { ensureAvailable, native } from '../availability.js'
import { Registrations } from '../registrations.js'
import { MessageFlag } from './constants.js'
import { addressBlockSize, SocketAddress } from './socket-address.js'

// As native/src/packets.cc: length, message flags and segment size, then the address.
const headSize = 12 + addressBlockSize
const headWords = headSize / 4

/**
 * A reusable array of datagrams for `recvmmsg` and `sendmmsg`: payload, length, address and flags of each are read
 * and set in place, without allocating. To answer, send the same array back: the addresses are the senders'.
 */
export class PacketArray {
  /** How many packets it holds. */
  readonly count: number
  /** Room per packet, in bytes. */
  readonly size: number
  /** The memory of all payloads; packet `i` begins at `i * size`. */
  readonly payload: Uint8Array
  readonly #heads: Uint32Array
  readonly #registrations = new Registrations(this)
  readonly #headsId: number
  readonly #payloadId: number
  readonly #addresses: (SocketAddress | undefined)[]

  /**
   * @param count 1 to 1024
   * @param size room per packet, 1 to 65536 bytes (a merged datagram of UDP GRO takes up to 65535)
   */
  constructor(count: number, size: number) {
    this.count = bounded(count, 1024, 'count')
    this.size = bounded(size, 65536, 'size')
    // Shared memory cannot be detached; the payload is ordinary, because text decoders refuse shared.
    const heads = new SharedArrayBuffer(count * headSize)
    this.#heads = new Uint32Array(heads)
    this.payload = new Uint8Array(count * size)
    try {
      this.#headsId = this.#registrations.add(new Uint8Array(heads))
      this.#payloadId = this.#registrations.add(this.payload)
    } catch (error) {
      // Only one of the two places may have been left.
      this.#registrations.release()
      throw error
    }
    this.#addresses = new Array<SocketAddress | undefined>(count).fill(undefined)
  }

  /** Frees the array's places in the addon now. Sending or receiving with it is a `RangeError` then. A second call does nothing. */
  release(): void {
    this.#registrations.release()
  }

  [Symbol.dispose](): void {
    this.release()
  }

  /**
   * Bytes of packet `index`: as received, or to be sent. A truncated packet has `size` bytes; only when its receiver
   * asked for `MessageFlag.TRUNC` is it the datagram's own length, beyond what is here.
   */
  length(index: number): number {
    return this.#word(index, 0)
  }

  /** @throws {RangeError} unless `length` is an integer from 0 to `size` */
  setLength(index: number, length: number): void {
    this.#word(index, 0)
    if (!Number.isInteger(length) || length < 0 || length > this.size) {
      throw new RangeError(`PacketArray: the length must be an integer from 0 to ${this.size}`)
    }
    this.#heads[index * headWords] = length
  }

  /** Message flags of received packet `index`, bits of `MessageFlag`. */
  flags(index: number): number {
    return this.#word(index, 1)
  }

  /** Whether received packet `index` was longer than its room, and cut. */
  truncated(index: number): boolean {
    return (this.flags(index) & MessageFlag.TRUNC) !== 0
  }

  /**
   * UDP segments (udp(7)): of a received packet, the size of the datagrams that the kernel merged into it (with
   * `SocketOption.UDP_GRO`); of one to be sent, the size to cut it into (GSO). 0: one datagram.
   */
  segmentSize(index: number): number {
    return this.#word(index, 2)
  }

  /** @throws {RangeError} unless `size` is an integer from 0 to 65535 */
  setSegmentSize(index: number, size: number): void {
    this.#word(index, 2)
    if (!Number.isInteger(size) || size < 0 || size > 0xffff) {
      throw new RangeError('PacketArray: the segment size must be an integer from 0 to 65535')
    }
    this.#heads[index * headWords + 2] = size
  }

  /** The address of packet `index`: its sender's, or where to send it. One object per packet, made once. */
  address(index: number): SocketAddress {
    this.#word(index, 3)
    const known = this.#addresses[index]
    if (known !== undefined) return known
    const block = new Uint8Array(this.#heads.buffer, index * headSize + 12, addressBlockSize)
    const address = SocketAddress.over(block)
    this.#addresses[index] = address
    return address
  }

  #word(index: number, word: number): number {
    const value = this.#heads[index * headWords + word]
    // A fraction of an index, multiplied, could name a word of another packet.
    if (value === undefined || index >>> 0 !== index) {
      throw new RangeError(`PacketArray: there is no packet ${index}`)
    }
    return value
  }

  /** @internal */
  static receive(
    fd: number,
    packets: PacketArray,
    from: number,
    count: number,
    flags: number,
  ): number {
    checkPackets(packets)
    return native.recvmmsg(
      fd,
      packets.#headsId,
      packets.#payloadId,
      packets.size,
      from,
      count,
      flags,
    )
  }

  /** @internal */
  static send(
    fd: number,
    packets: PacketArray,
    from: number,
    count: number,
    flags: number,
  ): number {
    checkPackets(packets)
    return native.sendmmsg(
      fd,
      packets.#headsId,
      packets.#payloadId,
      packets.size,
      from,
      count,
      flags,
    )
  }
}

function checkPackets(packets: PacketArray): void {
  if (!(packets instanceof PacketArray)) {
    ensureAvailable()
    throw new TypeError('the "packets" argument must be a PacketArray')
  }
}

function bounded(value: number, most: number, name: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new RangeError(`PacketArray: the ${name} must be an integer from 1 to ${most}`)
}

/**
 * recvmmsg(2): receives up to `count` datagrams into packets `from`, `from + 1`, … Returns how many, or `-errno`.
 * Descriptors that a Unix peer attached are closed: `recvmsg` receives those.
 */
export function recvmmsg(
  fd: number,
  packets: PacketArray,
  from = 0,
  count = packets?.count - from,
  flags = 0,
): number {
  return PacketArray.receive(fd, packets, from, count, flags)
}

/**
 * sendmmsg(2) with `MSG_NOSIGNAL`: sends `count` packets beginning at `from`. Returns how many were sent (fewer: send
 * the rest later), or `-errno` when not even the first was.
 */
export function sendmmsg(
  fd: number,
  packets: PacketArray,
  from = 0,
  count = packets?.count - from,
  flags = 0,
): number {
  return PacketArray.send(fd, packets, from, count, flags)
}

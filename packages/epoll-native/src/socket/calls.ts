import { native } from '../availability.js'
import { placeTransfer, takeResult } from '../frame.js'
import type { IoMemory } from '../io-buffer.js'
import type { Address } from './address.js'
import { SocketAddress } from './socket-address.js'

// Constants of the module: read from the addon at every call, they would be looked up at every call.
const { recvFramed, sendFramed } = native

/**
 * socket(2). Returns the descriptor or `-errno`. Or `SocketFlag.NONBLOCK | SocketFlag.CLOEXEC` into the type,
 * unless you want it otherwise.
 */
export const socket: (domain: number, type: number, protocol: number) => number = native.socket

/** socketpair(2): fills two descriptors. Returns 0 or `-errno`. Flags as of `socket`. */
export const socketpair: (
  domain: number,
  type: number,
  protocol: number,
  pair: Int32Array,
) => number = native.socketpair

/** bind(2). Returns 0 or `-errno`. */
export function bind(fd: number, address: SocketAddress | Address): number {
  return native.bind(fd, SocketAddress.blockOf(address))
}

/** connect(2). Returns 0 or `-errno` (`-EINPROGRESS`: wait for `OUT`, then read `SocketOption.ERROR`). */
export function connect(fd: number, address: SocketAddress | Address): number {
  return native.connect(fd, SocketAddress.blockOf(address))
}

/** listen(2). Returns 0 or `-errno`. The kernel cuts `backlog` down to /proc/sys/net/core/somaxconn. */
export const listen: (fd: number, backlog: number) => number = native.listen

/**
 * accept4(2). Returns the connection's descriptor, or `-errno` (`-EAGAIN`: none waits; `-ECONNABORTED`: one went
 * away, try again; `-EMFILE`: no number is free, and the connection still waits).
 *
 * @param flags of `SocketFlag`
 * @param peer is filled with the peer's address
 */
export function accept4(fd: number, flags: number, peer?: SocketAddress): number {
  return peer === undefined
    ? native.accept4(fd, flags)
    : native.accept4(fd, flags, blockToFill(peer))
}

/** shutdown(2): ends reading, writing or both (`ShutdownMode`). Returns 0 or `-errno`. */
export const shutdown: (fd: number, how: number) => number = native.shutdown

/** getsockname(2): fills the socket's own address. Returns 0 or `-errno`. */
export function getsockname(fd: number, address: SocketAddress): number {
  return native.getsockname(fd, blockToFill(address))
}

/** getpeername(2): fills the peer's address. Returns 0 or `-errno` (`-ENOTCONN`). */
export function getpeername(fd: number, address: SocketAddress): number {
  return native.getpeername(fd, blockToFill(address))
}

/** recv(2). Returns the bytes received (0: the peer writes no more), or `-errno`. Flags of `MessageFlag`. */
export function recv(
  fd: number,
  buffer: IoMemory,
  offset?: number,
  length?: number,
  flags = 0,
): number {
  if (!placeTransfer(fd, buffer, offset, length, flags)) {
    return native.recv(fd, buffer, offset, length, flags)
  }
  recvFramed()
  return takeResult()
}

/** send(2) with `MSG_NOSIGNAL`. Returns the bytes taken, which may be fewer, or `-errno` (`-EPIPE`). */
export function send(
  fd: number,
  buffer: IoMemory,
  offset?: number,
  length?: number,
  flags = 0,
): number {
  if (!placeTransfer(fd, buffer, offset, length, flags)) {
    return native.send(fd, buffer, offset, length, flags)
  }
  sendFramed()
  return takeResult()
}

/** recvfrom(2): as `recv`, and fills the sender's address. */
export function recvfrom(
  fd: number,
  buffer: IoMemory,
  offset: number | undefined,
  length: number | undefined,
  flags: number,
  sender: SocketAddress,
): number {
  return native.recvfrom(fd, buffer, offset, length, flags, blockToFill(sender))
}

/** sendto(2) with `MSG_NOSIGNAL`: as `send`, to an address. */
export function sendto(
  fd: number,
  buffer: IoMemory,
  offset: number | undefined,
  length: number | undefined,
  flags: number,
  receiver: SocketAddress | Address,
): number {
  return native.sendto(fd, buffer, offset, length, flags, SocketAddress.blockOf(receiver))
}

function blockToFill(address: SocketAddress): Uint8Array {
  // A plain Address would be filled in a copy that nobody sees.
  if (!(address instanceof SocketAddress)) {
    throw new TypeError('the "address" argument must be a SocketAddress')
  }
  return SocketAddress.blockOf(address)
}

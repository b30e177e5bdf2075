import { native } from '../availability.js'
import { Errno } from '../errno.js'
import { placeTransfer, takeResult } from '../frame.js'
import type { IoMemory } from '../io-buffer.js'

// Constants of the module: read from the addon at every call, they would be looked up at every call.
const { readFramed, writeFramed } = native

/**
 * read(2). Returns the bytes read (0: end of file), or `-errno` (`-EAGAIN`: nothing yet).
 *
 * @param buffer a registered buffer's `id`, or a `Uint8Array`
 * @param offset where in the buffer to begin, in bytes; default 0
 * @param length how many bytes at most; default: up to the buffer's end
 */
export function read(fd: number, buffer: IoMemory, offset?: number, length?: number): number {
  if (!placeTransfer(fd, buffer, offset, length, 0)) return native.read(fd, buffer, offset, length)
  readFramed()
  return takeResult()
}

/** write(2). Returns the bytes taken, which may be fewer, or `-errno`. Arguments as of `read`. */
export function write(fd: number, buffer: IoMemory, offset?: number, length?: number): number {
  if (!placeTransfer(fd, buffer, offset, length, 0)) return native.write(fd, buffer, offset, length)
  writeFramed()
  return takeResult()
}

/** readv(2): fills several buffers in order. Returns the bytes read, or `-errno` (`-EINVAL`: over 1024 buffers). */
export function readv(fd: number, buffers: readonly Uint8Array[]): number {
  return vectored(native.readv, fd, buffers)
}

/** writev(2): writes several buffers in order. Returns the bytes taken, or `-errno` (`-EINVAL`: over 1024). */
export function writev(fd: number, buffers: readonly Uint8Array[]): number {
  return vectored(native.writev, fd, buffers)
}

const mostBuffers = 1024

function vectored(
  call: (fd: number, ...buffers: Uint8Array[]) => number,
  fd: number,
  buffers: readonly Uint8Array[],
): number {
  if (!Array.isArray(buffers)) {
    throw new TypeError('the "buffers" argument must be an array of Uint8Arrays')
  }
  // The kernel's own answer, given before a huge array is spread over the stack.
  if (buffers.length > mostBuffers) return -Errno.EINVAL
  return call(fd, ...(buffers as Uint8Array[]))
}

/**
 * sendfile(2): moves bytes from a file to a socket inside the kernel. Returns the bytes moved, or `-errno`.
 *
 * @param offset where in the file to begin; `undefined`: at its own position, which then moves
 * @param length up to 2147483647; the kernel moves at most 2147479552 at once
 */
export const sendfile: (
  outFd: number,
  inFd: number,
  offset: number | undefined,
  length: number,
) => number = native.sendfile

/**
 * splice(2): moves bytes to or from a pipe inside the kernel. Returns the bytes moved (0: end), or `-errno`.
 * Offsets are for seekable files; a pipe takes `undefined`.
 */
export const splice: (
  inFd: number,
  inOffset: number | undefined,
  outFd: number,
  outOffset: number | undefined,
  length: number,
  flags: number,
) => number = native.splice

/** pipe2(2): fills [read end, write end]. Returns 0 or `-errno`. Flags of `DescriptorFlag`. */
export const pipe2: (pair: Int32Array, flags: number) => number = native.pipe2

/** fcntl(2) `F_DUPFD_CLOEXEC`: another number for the same description. Returns it, or `-errno`. */
export const dup: (fd: number) => number = native.dup

/**
 * dup3(2): makes the number `target` mean what `fd` means, closing what it meant before, in one step.
 * Returns `target`, or `-errno` (`-EINVAL`: the two are equal). Flags: `DescriptorFlag.CLOEXEC` or 0.
 */
export const dup3: (fd: number, target: number, flags: number) => number = native.dup3

/**
 * close(2). Returns 0 or `-errno`. After `-EINTR` the number is free all the same: never try again. Deregister
 * it from every epoll first.
 */
export const close: (fd: number) => number = native.close

/**
 * fcntl(2) for the commands of `FcntlCommand`. Returns the flags, size or descriptor, or 0, or `-errno`.
 *
 * @throws {RangeError} for any other command: some of those take a pointer
 */
export const fcntl: (fd: number, command: number, argument?: number) => number = native.fcntl

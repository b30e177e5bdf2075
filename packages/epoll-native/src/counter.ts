import { native } from './availability.js'
import { Errno } from './errno.js'
import { check } from './system-error.js'

// The 8 bytes that eventfd(2) and timerfd(2) speak in. One per thread: a call is over before the next.
const value = new BigUint64Array(1)
const bytes = new Uint8Array(value.buffer)

/** Reads the kernel's 64-bit counter. `undefined`: nothing yet (EAGAIN). @throws {SystemError} */
export function readCounter(fd: number): bigint | undefined {
  const result = native.read(fd, bytes)
  if (result === -Errno.EAGAIN) return undefined
  check(result, 'read')
  return value[0]
}

/** Adds to the kernel's 64-bit counter. False: it is full (EAGAIN). @throws {SystemError} */
export function writeCounter(fd: number, count: bigint): boolean {
  value[0] = count
  const result = native.write(fd, bytes)
  if (result === -Errno.EAGAIN) return false
  check(result, 'write')
  return true
}

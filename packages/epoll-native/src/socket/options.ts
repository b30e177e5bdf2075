import { native } from '../availability.js'
import { check } from '../system-error.js'
import type { SocketOptionName } from './option-names.js'

/** getsockopt(2). Fills `value` and returns the bytes that it took, or `-errno`. */
export const getsockopt: (fd: number, level: number, name: number, value: Uint8Array) => number =
  native.getsockopt

/** setsockopt(2). Returns 0 or `-errno`. */
export const setsockopt: (fd: number, level: number, name: number, value: Uint8Array) => number =
  native.setsockopt

/**
 * Reads a socket option as what it is: `getSocketOption(fd, SocketOption.TCP_NODELAY)` is a boolean.
 *
 * @throws {SystemError} `EBADF`, `ENOTSOCK`, `ENOPROTOOPT`, `EOPNOTSUPP`
 */
export function getSocketOption<Read>(
  fd: number,
  { level, name, value }: SocketOptionName<Read, never>,
): Read {
  // Never shorter than the value's own size, so that a one-byte answer decodes too.
  const bytes = new Uint8Array(value.size)
  check(native.getsockopt(fd, level, name, bytes), 'getsockopt')
  return value.decode(bytes)
}

/**
 * Sets a socket option.
 *
 * @throws {TypeError} / {RangeError} for a value that the option does not take
 * @throws {SystemError} `EBADF`, `ENOTSOCK`, `ENOPROTOOPT`, `EINVAL`, `EPERM`
 */
export function setSocketOption<Write>(
  fd: number,
  { level, name, value }: SocketOptionName<unknown, Write>,
  setting: Write,
): void {
  check(native.setsockopt(fd, level, name, value.encode(setting)), 'setsockopt')
}

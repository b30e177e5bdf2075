import { isIPv6 } from 'node:net'
import { SystemError } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import {
  AddressFamily,
  bind,
  getsockname,
  listen,
  SocketAddress,
  SocketFlag,
  SocketOption,
  SocketType,
  setSocketOption,
  socket,
} from '@rearm/epoll-native/socket'

const backlog = 4096

export interface Listener {
  readonly fd: number
  /** Where it listens, as one prints it: `127.0.0.1:7007`, `[::1]:7007`. */
  readonly where: string
}

/** Opens a listening socket. @throws {SystemError} `EADDRINUSE`, `EACCES`, …; nothing stays open then. */
export function openListener(host: string, port: number): Listener {
  const family = isIPv6(host) ? 'ipv6' : 'ipv4'
  const domain = family === 'ipv6' ? AddressFamily.INET6 : AddressFamily.INET
  const type = SocketType.STREAM | SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
  const fd = succeed('socket', socket(domain, type, 0))
  try {
    setSocketOption(fd, SocketOption.REUSEADDR, true)
    succeed('bind', bind(fd, { family, address: host, port }))
    succeed('listen', listen(fd, backlog))
    const address = new SocketAddress()
    succeed('getsockname', getsockname(fd, address))
    return { fd, where: format(address) }
  } catch (error) {
    close(fd)
    throw error
  }
}

function format(address: SocketAddress): string {
  const spelled = address.toAddress()
  if (spelled.family === 'ipv4') return `${spelled.address}:${spelled.port}`
  if (spelled.family === 'ipv6') return `[${spelled.address}]:${spelled.port}`
  throw new TypeError(`a listener of the family ${spelled.family}`)
}

function succeed(syscall: string, result: number): number {
  if (result < 0) throw new SystemError(result, syscall)
  return result
}

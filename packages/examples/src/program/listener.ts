import { isIP, isIPv6 } from 'node:net'
import { errnoName, SystemError } from '@rearm/epoll-native'
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

/** How many clients may wait to be accepted; the kernel lets one more. */
export const backlog = 4096

export interface Listener {
  readonly fd: number
  readonly port: number
  /** Where it listens, as one prints it: `127.0.0.1:7007`, `[::1]:7007`. */
  readonly where: string
}

const advice: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there: --port 0 picks a free one',
  EADDRNOTAVAIL: 'this machine has no such address: --host 127.0.0.1 is its own',
  EACCES: 'ports below 1024 are for root: --port 0 picks a free one',
}

export interface ListenerOptions {
  /** Lets other sockets listen there too; the kernel deals connections out among them. Default false. */
  readonly reusePort?: boolean
}

/**
 * Opens a listening socket; nothing stays open when it throws.
 *
 * @throws {TypeError} when `host` is no address
 * @throws {SystemError} `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, …, with what to do
 */
export function openListener(
  host: string,
  port: number,
  { reusePort = false }: ListenerOptions = {},
): Listener {
  const fd = openSocket(host)
  try {
    if (reusePort) setSocketOption(fd, SocketOption.REUSEPORT, true)
    bindTo(fd, host, port)
    succeed('listen', listen(fd, backlog))
    const address = new SocketAddress()
    succeed('getsockname', getsockname(fd, address))
    return { fd, ...describe(address) }
  } catch (error) {
    close(fd)
    throw error
  }
}

/**
 * For listeners that share their port: the kernel would let them share it with another program's, and deal out half of the
 * clients there. Two programs that start at the same moment may both find it free.
 *
 * @throws as `openListener`
 */
export function expectNobodyListens(host: string, port: number): void {
  const fd = openSocket(host)
  try {
    bindTo(fd, host, port)
  } finally {
    close(fd)
  }
}

function openSocket(host: string): number {
  if (isIP(host) === 0 || host.includes('%')) {
    throw new TypeError(
      `--host must be an IPv4 or IPv6 address (names are not looked up), not "${host}"`,
    )
  }
  const domain = isIPv6(host) ? AddressFamily.INET6 : AddressFamily.INET
  const type = SocketType.STREAM | SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
  return succeed('socket', socket(domain, type, 0))
}

/** Also where connections of a listener that is gone still end; not where one listens. */
function bindTo(fd: number, host: string, port: number): void {
  setSocketOption(fd, SocketOption.REUSEADDR, true)
  const family = isIPv6(host) ? 'ipv6' : 'ipv4'
  const bound = bind(fd, { family, address: host, port })
  if (bound < 0) throw new SystemError(bound, 'bind', adviceFor(bound, host, port))
}

function adviceFor(result: number, host: string, port: number): string {
  const where = `${isIPv6(host) ? `[${host}]` : host}:${port}`
  const known = advice[errnoName(result) ?? '']
  return known === undefined ? where : `${where}: ${known}`
}

function describe(address: SocketAddress): { readonly port: number; readonly where: string } {
  const spelled = address.toAddress()
  if (spelled.family !== 'ipv4' && spelled.family !== 'ipv6') {
    throw new TypeError(`a listener of the family ${spelled.family}`)
  }
  const { port } = spelled
  const host = spelled.family === 'ipv4' ? spelled.address : `[${spelled.address}]`
  return { port, where: `${host}:${port}` }
}

function succeed(syscall: string, result: number): number {
  if (result < 0) throw new SystemError(result, syscall)
  return result
}

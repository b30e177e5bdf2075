import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { EpollFlag, Errno } from '../src/index.js'
import {
  AddressFamily,
  connect,
  getSocketOption,
  Protocol,
  SocketOption,
  type SocketOptionName,
  SocketType,
  send,
  setSocketOption,
  socket,
} from '../src/socket/index.js'
import { Capability, capable } from './capabilities.js'
import { owned, readiness } from './descriptors.js'
import {
  bytesOf,
  drain,
  fill,
  listener,
  nameOf,
  newSocket,
  quietSocket,
  refusing,
  tcpPair,
  udpSocket,
  unixPair,
} from './sockets.js'
import { untyped } from './untyped.js'

const { INET6, UNIX, NETLINK, CAN } = AddressFamily
const { STREAM, DGRAM, RAW } = SocketType
export const tcp = () => newSocket(STREAM)
const tcp6 = () => newSocket(STREAM, INET6)
export const unix = () => newSocket(STREAM, UNIX)
const netlink = () => newSocket(RAW, NETLINK, Protocol.NETLINK_ROUTE)

export const failing = (code: string, syscall: string) =>
  expect.objectContaining({ name: 'SystemError', code, syscall })

/** Sets each value and reads it back, as itself or as what the kernel makes of it. */
function keeps<Value>(
  make: () => number,
  option: SocketOptionName<Value>,
  ...values: (Value | readonly [set: Value, read: Value])[]
): () => void {
  return () => {
    const fd = make()
    for (const value of values) {
      const [set, read] = Array.isArray(value)
        ? (value as [Value, Value])
        : ([value, value] as [Value, Value])
      setSocketOption(fd, option, set)
      expect(getSocketOption(fd, option)).toEqual(read)
    }
  }
}

/** As `keeps`, for what an administrator may set: others may too, or get EPERM and nothing changes. */
function keepsForAdmin<Value>(
  make: () => number,
  option: SocketOptionName<Value>,
  initial: Value,
  value: Value,
) {
  return () => {
    const fd = make()
    expect(getSocketOption(fd, option)).toEqual(initial)
    let refused: unknown
    try {
      setSocketOption(fd, option, value)
    } catch (error) {
      refused = error
    }
    if (capable(Capability.NET_ADMIN)) expect(refused).toBeUndefined()
    if (refused !== undefined) expect(refused).toEqual(failing('EPERM', 'setsockopt'))
    expect(getSocketOption(fd, option)).toEqual(refused === undefined ? value : initial)
  }
}

/** A CAN socket, or undefined where the kernel has none: then it must say so. */
function canSocket(): number | undefined {
  const fd = socket(CAN, RAW | quietSocket, Protocol.CAN_RAW)
  if (fd >= 0) return owned(fd)
  expect([-Errno.EAFNOSUPPORT, -Errno.EPROTONOSUPPORT]).toContain(fd)
  expect(readFileSync('/proc/net/protocols', 'utf8')).not.toMatch(/^CAN_RAW/m)
  return undefined
}

/** As `keeps`, on a CAN socket; where there is none, every socket answers that it knows no such option. */
function keepsOnCan(option: SocketOptionName<boolean>) {
  return () => {
    const fd = canSocket()
    if (fd !== undefined) return keeps(() => fd, option, true, false)()
    expect(() => getSocketOption(tcp(), option)).toThrow(failing('EOPNOTSUPP', 'getsockopt'))
    expect(() => setSocketOption(unix(), option, true)).toThrow(failing('EOPNOTSUPP', 'setsockopt'))
  }
}

// Every name has its case: a new option without one does not compile.
export const cases: Record<keyof typeof SocketOption, () => void> = {
  REUSEADDR: keeps(tcp, SocketOption.REUSEADDR, true, false),
  REUSEPORT: keeps(tcp, SocketOption.REUSEPORT, true, false),
  BROADCAST: keeps(udpSocket, SocketOption.BROADCAST, true, false),
  OOBINLINE: keeps(tcp, SocketOption.OOBINLINE, true, false),
  KEEPALIVE: keeps(tcp, SocketOption.KEEPALIVE, true, false),
  PASSCRED: keeps(unix, SocketOption.PASSCRED, true, false),
  RXQ_OVFL: keeps(udpSocket, SocketOption.RXQ_OVFL, true, false),
  SNDBUF: keeps(tcp, SocketOption.SNDBUF, [10_000, 20_000]),
  RCVBUF: keeps(tcp, SocketOption.RCVBUF, [10_000, 20_000]),
  PRIORITY: keepsForAdmin(tcp, SocketOption.PRIORITY, 0, 7),
  MARK: keepsForAdmin(tcp, SocketOption.MARK, 0, 0xffffffff),
  BUSY_POLL: keepsForAdmin(tcp, SocketOption.BUSY_POLL, 0, 50),
  PREFER_BUSY_POLL: keepsForAdmin(tcp, SocketOption.PREFER_BUSY_POLL, false, true),
  LINGER: keeps(tcp, SocketOption.LINGER, { on: true, seconds: 5 }, [
    { on: false, seconds: 0 },
    { on: false, seconds: 5 },
  ]),
  BINDTODEVICE: () => {
    const fd = tcp()
    expect(getSocketOption(fd, SocketOption.BINDTODEVICE)).toBe('')
    setSocketOption(fd, SocketOption.BINDTODEVICE, 'lo')
    expect(getSocketOption(fd, SocketOption.BINDTODEVICE)).toBe('lo')
    expect(() => setSocketOption(tcp(), SocketOption.BINDTODEVICE, 'no-such-if')).toThrow(
      failing('ENODEV', 'setsockopt'),
    )
  },
  TYPE: () => {
    expect(getSocketOption(tcp(), SocketOption.TYPE)).toBe(STREAM)
    expect(getSocketOption(udpSocket(), SocketOption.TYPE)).toBe(DGRAM)
  },
  PROTOCOL: () => expect(getSocketOption(tcp(), SocketOption.PROTOCOL)).toBe(Protocol.TCP),
  DOMAIN: () => expect(getSocketOption(unix(), SocketOption.DOMAIN)).toBe(UNIX),
  ACCEPTCONN: () => {
    expect(getSocketOption(listener(), SocketOption.ACCEPTCONN)).toBe(true)
    expect(getSocketOption(tcp(), SocketOption.ACCEPTCONN)).toBe(false)
  },
  ERROR: () => {
    const fd = tcp()
    expect(getSocketOption(fd, SocketOption.ERROR)).toBe(0)
    expect([0, -Errno.EINPROGRESS, -Errno.ECONNREFUSED]).toContain(connect(fd, nameOf(refusing())))
    expect(readiness(fd, EpollFlag.OUT) & EpollFlag.ERR).toBe(EpollFlag.ERR)
    expect(getSocketOption(fd, SocketOption.ERROR)).toBe(Errno.ECONNREFUSED)
    expect(getSocketOption(fd, SocketOption.ERROR)).toBe(0)
  },
  PEERCRED: () => {
    const [left] = unixPair()
    expect(getSocketOption(left, SocketOption.PEERCRED)).toEqual({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    })
    expect(() => setSocketOption(left, SocketOption.PEERCRED, untyped<never>({}))).toThrow(
      TypeError,
    )
  },
  INCOMING_CPU: () => {
    const fd = tcp()
    expect(getSocketOption(fd, SocketOption.INCOMING_CPU)).toBe(-1)
    setSocketOption(fd, SocketOption.INCOMING_CPU, 0)
    expect(getSocketOption(fd, SocketOption.INCOMING_CPU)).toBe(0)
  },
  INCOMING_NAPI_ID: () => {
    // The loopback interface has no hardware queue.
    expect(getSocketOption(tcpPair().server, SocketOption.INCOMING_NAPI_ID)).toBe(0)
  },
  BUSY_POLL_BUDGET: () => {
    const fd = tcp()
    if (capable(Capability.NET_ADMIN)) setSocketOption(fd, SocketOption.BUSY_POLL_BUDGET, 32)
    else
      expect(() => setSocketOption(fd, SocketOption.BUSY_POLL_BUDGET, 32)).toThrow(
        failing('EPERM', 'setsockopt'),
      )
    // The kernel takes it and does not tell it.
    expect(() => getSocketOption(fd, SocketOption.BUSY_POLL_BUDGET)).toThrow(
      failing('ENOPROTOOPT', 'getsockopt'),
    )
  },

  IP_TOS: keeps(udpSocket, SocketOption.IP_TOS, 0x10, 0),
  IP_TTL: keeps(tcp, SocketOption.IP_TTL, 7, 255),
  IP_FREEBIND: keeps(tcp, SocketOption.IP_FREEBIND, true, false),
  IP_TRANSPARENT: keepsForAdmin(tcp, SocketOption.IP_TRANSPARENT, false, true),
  IP_BIND_ADDRESS_NO_PORT: keeps(tcp, SocketOption.IP_BIND_ADDRESS_NO_PORT, true, false),
  IP_MULTICAST_TTL: keeps(udpSocket, SocketOption.IP_MULTICAST_TTL, 9, 1),
  IP_MULTICAST_LOOP: keeps(udpSocket, SocketOption.IP_MULTICAST_LOOP, false, true),
  IPV6_UNICAST_HOPS: keeps(tcp6, SocketOption.IPV6_UNICAST_HOPS, 9, 255),
  IPV6_V6ONLY: keeps(tcp6, SocketOption.IPV6_V6ONLY, true, false),
  IPV6_TCLASS: keeps(() => newSocket(DGRAM, INET6), SocketOption.IPV6_TCLASS, 0x20, 0),

  TCP_NODELAY: keeps(tcp, SocketOption.TCP_NODELAY, true, false),
  TCP_MAXSEG: () => {
    const fd = tcp()
    setSocketOption(fd, SocketOption.TCP_MAXSEG, 1000)
    // Before a connection, newer kernels tell what was asked for, older ones the default.
    expect([1000, 536]).toContain(getSocketOption(fd, SocketOption.TCP_MAXSEG))
    expect(() => setSocketOption(fd, SocketOption.TCP_MAXSEG, 1)).toThrow(
      failing('EINVAL', 'setsockopt'),
    )
  },
  TCP_CORK: keeps(tcp, SocketOption.TCP_CORK, true, false),
  TCP_KEEPIDLE: keeps(tcp, SocketOption.TCP_KEEPIDLE, 30, 7200),
  TCP_KEEPINTVL: keeps(tcp, SocketOption.TCP_KEEPINTVL, 5, 75),
  TCP_KEEPCNT: keeps(tcp, SocketOption.TCP_KEEPCNT, 3, 9),
  TCP_SYNCNT: keeps(tcp, SocketOption.TCP_SYNCNT, 2, 6),
  TCP_LINGER2: keeps(tcp, SocketOption.TCP_LINGER2, 10, -1),
  TCP_DEFER_ACCEPT: keeps(tcp, SocketOption.TCP_DEFER_ACCEPT, [1, 1], [0, 0]),
  TCP_WINDOW_CLAMP: keeps(tcp, SocketOption.TCP_WINDOW_CLAMP, 10_000),
  TCP_INFO: () => {
    const { client, server } = tcpPair()
    const info = (fd: number) => getSocketOption(fd, SocketOption.TCP_INFO)
    expect(send(client, bytesOf('twelve bytes'))).toBe(12)
    expect(readiness(server)).toBe(EpollFlag.IN)
    expect(info(client)).toMatchObject({ state: 1, caState: 0, dataSegsOut: 1, lost: 0 })
    expect(info(client)).toMatchObject({ bytesSent: 12n, bytesRetrans: 0n, notsentBytes: 0 })
    expect(info(client).sndMss).toBe(getSocketOption(client, SocketOption.TCP_MAXSEG))
    expect(info(client).sndWnd).toBeGreaterThan(0)
    expect(info(server)).toMatchObject({ state: 1, dataSegsIn: 1, bytesReceived: 12n })
    // What nobody reads is acknowledged as far as the peer's window goes; what is beyond it has not been sent yet.
    const taken = BigInt(fill(client)) + 12n
    const { bytesAcked, bytesSent, bytesRetrans, notsentBytes } = info(client)
    expect(bytesSent - bytesRetrans + BigInt(notsentBytes)).toBe(taken)
    expect(bytesAcked).toBeLessThan(taken)
    while (info(client).bytesAcked === bytesAcked) drain(server)
    expect(info(tcp())).toMatchObject({ state: 7, bytesAcked: 0n })
    expect(() => setSocketOption(client, SocketOption.TCP_INFO, untyped<never>({}))).toThrow(
      TypeError,
    )
  },
  TCP_QUICKACK: () => keeps(() => tcpPair().client, SocketOption.TCP_QUICKACK, false, true)(),
  TCP_CONGESTION: () => {
    const fd = tcp()
    const available = readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8')
    expect(available.trim().split(' ')).toContain(getSocketOption(fd, SocketOption.TCP_CONGESTION))
    setSocketOption(fd, SocketOption.TCP_CONGESTION, 'reno')
    expect(getSocketOption(fd, SocketOption.TCP_CONGESTION)).toBe('reno')
    expect(() => setSocketOption(fd, SocketOption.TCP_CONGESTION, 'no-such')).toThrow(
      failing('ENOENT', 'setsockopt'),
    )
  },
  TCP_USER_TIMEOUT: keeps(tcp, SocketOption.TCP_USER_TIMEOUT, 30_000, 0),
  TCP_FASTOPEN: () => keeps(() => listener(), SocketOption.TCP_FASTOPEN, 5)(),
  TCP_NOTSENT_LOWAT: keeps(tcp, SocketOption.TCP_NOTSENT_LOWAT, 16_384, 0xffffffff),
  TCP_FASTOPEN_CONNECT: keeps(tcp, SocketOption.TCP_FASTOPEN_CONNECT, true, false),

  UDP_SEGMENT: keeps(udpSocket, SocketOption.UDP_SEGMENT, 1000, 0),
  UDP_GRO: keeps(udpSocket, SocketOption.UDP_GRO, true, false),

  CAN_RAW_LOOPBACK: keepsOnCan(SocketOption.CAN_RAW_LOOPBACK),
  CAN_RAW_RECV_OWN_MSGS: keepsOnCan(SocketOption.CAN_RAW_RECV_OWN_MSGS),
  CAN_RAW_FD_FRAMES: keepsOnCan(SocketOption.CAN_RAW_FD_FRAMES),
  NETLINK_ADD_MEMBERSHIP: () => {
    const fd = netlink()
    // RTNLGRP_LINK; its bit is seen in the socket's own address.
    setSocketOption(fd, SocketOption.NETLINK_ADD_MEMBERSHIP, 1)
    expect(nameOf(fd).toAddress()).toMatchObject({ groups: 1 })
    expect(() => getSocketOption(fd, SocketOption.NETLINK_ADD_MEMBERSHIP)).toThrow(
      failing('ENOPROTOOPT', 'getsockopt'),
    )
  },
  NETLINK_DROP_MEMBERSHIP: () => {
    const fd = netlink()
    setSocketOption(fd, SocketOption.NETLINK_ADD_MEMBERSHIP, 1)
    setSocketOption(fd, SocketOption.NETLINK_DROP_MEMBERSHIP, 1)
    expect(nameOf(fd).toAddress()).toMatchObject({ groups: 0 })
  },
}

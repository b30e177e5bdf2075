import {
  boolean,
  credentials,
  integer,
  linger,
  type OptionValue,
  text,
  unsigned,
} from './option-values.js'
import { tcpInfo } from './tcp-info.js'

/** One socket option: where the kernel keeps it, and what its value is. */
export interface SocketOptionName<Read, Write = Read> {
  readonly level: number
  readonly name: number
  readonly value: OptionValue<Read, Write>
}

function option<Read, Write>(
  level: number,
  name: number,
  value: OptionValue<Read, Write>,
): SocketOptionName<Read, Write> {
  return { level, name, value }
}

const SOL_SOCKET = 1
const IPPROTO_IP = 0
const IPPROTO_TCP = 6
const IPPROTO_UDP = 17
const IPPROTO_IPV6 = 41
const SOL_CAN_RAW = 101
const SOL_NETLINK = 270

/** Socket options by name, for `getSocketOption` and `setSocketOption`. Times are seconds unless it says otherwise. */
export const SocketOption = {
  // socket(7)
  REUSEADDR: option(SOL_SOCKET, 2, boolean),
  /** Read only: one of `SocketType`. */
  TYPE: option(SOL_SOCKET, 3, integer),
  /** Read only: the pending error (an `Errno`, positive; 0: none), which reading clears. */
  ERROR: option(SOL_SOCKET, 4, integer),
  BROADCAST: option(SOL_SOCKET, 6, boolean),
  /** Bytes. The kernel doubles what is set. */
  SNDBUF: option(SOL_SOCKET, 7, integer),
  /** Bytes. The kernel doubles what is set. */
  RCVBUF: option(SOL_SOCKET, 8, integer),
  KEEPALIVE: option(SOL_SOCKET, 9, boolean),
  /** Urgent data stays in the stream. */
  OOBINLINE: option(SOL_SOCKET, 10, boolean),
  PRIORITY: option(SOL_SOCKET, 12, integer),
  LINGER: option(SOL_SOCKET, 13, linger),
  REUSEPORT: option(SOL_SOCKET, 15, boolean),
  PASSCRED: option(SOL_SOCKET, 16, boolean),
  /** Read only. */
  PEERCRED: option(SOL_SOCKET, 17, credentials),
  BINDTODEVICE: option(SOL_SOCKET, 25, text),
  /** Read only. */
  ACCEPTCONN: option(SOL_SOCKET, 30, boolean),
  MARK: option(SOL_SOCKET, 36, unsigned),
  /** Read only: one of `Protocol`. */
  PROTOCOL: option(SOL_SOCKET, 38, integer),
  /** Read only: one of `AddressFamily`. */
  DOMAIN: option(SOL_SOCKET, 39, integer),
  RXQ_OVFL: option(SOL_SOCKET, 40, boolean),
  /** Microseconds. */
  BUSY_POLL: option(SOL_SOCKET, 46, integer),
  /** The CPU that handles the socket; -1: not known. */
  INCOMING_CPU: option(SOL_SOCKET, 49, integer),
  /** Read only; 0: not known. */
  INCOMING_NAPI_ID: option(SOL_SOCKET, 56, unsigned),
  PREFER_BUSY_POLL: option(SOL_SOCKET, 69, boolean),
  /** Write only. */
  BUSY_POLL_BUDGET: option(SOL_SOCKET, 70, integer),

  // ip(7), ipv6(7)
  IP_TOS: option(IPPROTO_IP, 1, integer),
  IP_TTL: option(IPPROTO_IP, 2, integer),
  IP_FREEBIND: option(IPPROTO_IP, 15, boolean),
  IP_TRANSPARENT: option(IPPROTO_IP, 19, boolean),
  IP_BIND_ADDRESS_NO_PORT: option(IPPROTO_IP, 24, boolean),
  IP_MULTICAST_TTL: option(IPPROTO_IP, 33, integer),
  IP_MULTICAST_LOOP: option(IPPROTO_IP, 34, boolean),
  IPV6_UNICAST_HOPS: option(IPPROTO_IPV6, 16, integer),
  IPV6_V6ONLY: option(IPPROTO_IPV6, 26, boolean),
  IPV6_TCLASS: option(IPPROTO_IPV6, 67, integer),

  // tcp(7)
  TCP_NODELAY: option(IPPROTO_TCP, 1, boolean),
  TCP_MAXSEG: option(IPPROTO_TCP, 2, integer),
  TCP_CORK: option(IPPROTO_TCP, 3, boolean),
  TCP_KEEPIDLE: option(IPPROTO_TCP, 4, integer),
  TCP_KEEPINTVL: option(IPPROTO_TCP, 5, integer),
  TCP_KEEPCNT: option(IPPROTO_TCP, 6, integer),
  TCP_SYNCNT: option(IPPROTO_TCP, 7, integer),
  TCP_LINGER2: option(IPPROTO_TCP, 8, integer),
  TCP_DEFER_ACCEPT: option(IPPROTO_TCP, 9, integer),
  TCP_WINDOW_CLAMP: option(IPPROTO_TCP, 10, integer),
  /** Read only: what the kernel knows of the connection. */
  TCP_INFO: option(IPPROTO_TCP, 11, tcpInfo),
  TCP_QUICKACK: option(IPPROTO_TCP, 12, boolean),
  TCP_CONGESTION: option(IPPROTO_TCP, 13, text),
  /** Milliseconds. */
  TCP_USER_TIMEOUT: option(IPPROTO_TCP, 18, unsigned),
  /** Of a listener: how many connections may wait that sent data with their SYN. */
  TCP_FASTOPEN: option(IPPROTO_TCP, 23, integer),
  TCP_NOTSENT_LOWAT: option(IPPROTO_TCP, 25, unsigned),
  TCP_FASTOPEN_CONNECT: option(IPPROTO_TCP, 30, boolean),

  // udp(7)
  UDP_SEGMENT: option(IPPROTO_UDP, 103, integer),
  UDP_GRO: option(IPPROTO_UDP, 104, boolean),

  // linux/can/raw.h, netlink(7)
  CAN_RAW_LOOPBACK: option(SOL_CAN_RAW, 3, boolean),
  CAN_RAW_RECV_OWN_MSGS: option(SOL_CAN_RAW, 4, boolean),
  CAN_RAW_FD_FRAMES: option(SOL_CAN_RAW, 5, boolean),
  /** Write only: the number of the group to join. */
  NETLINK_ADD_MEMBERSHIP: option(SOL_NETLINK, 1, integer),
  /** Write only: the number of the group to leave. */
  NETLINK_DROP_MEMBERSHIP: option(SOL_NETLINK, 2, integer),
} as const

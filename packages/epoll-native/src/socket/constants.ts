/** Address families (socket(2)). */
export const AddressFamily = {
  UNSPEC: 0,
  UNIX: 1,
  INET: 2,
  INET6: 10,
  NETLINK: 16,
  PACKET: 17,
  CAN: 29,
  VSOCK: 40,
} as const

/** Socket types (socket(2)). */
export const SocketType = { STREAM: 1, DGRAM: 2, RAW: 3, SEQPACKET: 5 } as const

/** Or-ed into the type of `socket` and `socketpair`, and the flags of `accept4`. */
export const SocketFlag = { NONBLOCK: 0x800, CLOEXEC: 0x80000 } as const

/** Protocols (protocols(5), linux/can.h, linux/netlink.h). */
export const Protocol = {
  DEFAULT: 0,
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ICMPV6: 58,
  MPTCP: 262,
  CAN_RAW: 1,
  CAN_BCM: 2,
  NETLINK_ROUTE: 0,
  NETLINK_KOBJECT_UEVENT: 15,
  NETLINK_GENERIC: 16,
} as const

/** How much of a connection shutdown(2) ends. */
export const ShutdownMode = { READ: 0, WRITE: 1, BOTH: 2 } as const

/** Flags of recv(2) and send(2). `NOSIGNAL` is always set on sends. */
export const MessageFlag = {
  OOB: 0x1,
  PEEK: 0x2,
  DONTROUTE: 0x4,
  /** In an answer: control data (descriptors, say) did not fit. */
  CTRUNC: 0x8,
  /** In an answer: the datagram was longer than the buffer. As a flag of recv: return its whole length. */
  TRUNC: 0x20,
  DONTWAIT: 0x40,
  EOR: 0x80,
  WAITALL: 0x100,
  CONFIRM: 0x800,
  ERRQUEUE: 0x2000,
  NOSIGNAL: 0x4000,
  MORE: 0x8000,
  WAITFORONE: 0x10000,
  FASTOPEN: 0x20000000,
} as const

/** An IPv4 address (ip(7)). */
export interface Ipv4Address {
  readonly family: 'ipv4'
  /** Dotted quad: `'127.0.0.1'`. Names are not looked up: use `node:dns`. */
  readonly address: string
  /** 0 (the kernel picks one) to 65535 */
  readonly port: number
}

/** An IPv6 address (ipv6(7)). */
export interface Ipv6Address {
  readonly family: 'ipv6'
  /** `'::1'`; without a zone, which is `scopeId`. */
  readonly address: string
  readonly port: number
  readonly flowlabel?: number
  /** The interface's index, for link-local addresses. */
  readonly scopeId?: number
}

/** A Unix socket's address (unix(7)): a path, an abstract name, or neither (an unnamed socket). */
export interface UnixAddress {
  readonly family: 'unix'
  /** At most 107 bytes. */
  readonly path?: string | Uint8Array
  /** A name that is no file, without the leading NUL; at most 107 bytes. Bytes that are no UTF-8 come as bytes. */
  readonly abstract?: string | Uint8Array
}

/** A CAN interface (linux/can.h): index 0 is every one. */
export interface CanAddress {
  readonly family: 'can'
  readonly interfaceIndex: number
  /** For transport protocols (ISO-TP). */
  readonly rxId?: number
  readonly txId?: number
}

/** A netlink address (netlink(7)). */
export interface NetlinkAddress {
  readonly family: 'netlink'
  /** The port id; 0: the kernel's own, or (in `bind`) one that it picks. */
  readonly pid: number
  /** A mask of multicast groups. */
  readonly groups: number
}

/** An address of a family that this package does not spell: its number, and the bytes after it. */
export interface OtherAddress {
  readonly family: 'other'
  readonly number: number
  readonly bytes: Uint8Array
}

export type Address =
  | Ipv4Address
  | Ipv6Address
  | UnixAddress
  | CanAddress
  | NetlinkAddress
  | OtherAddress

import { endianness } from 'node:os'
import { types } from 'node:util'
import type { Address, Ipv6Address, UnixAddress } from './address.js'
import { AddressFamily } from './constants.js'
import { formatIpv6, parseIpv4, parseIpv6 } from './ipv6.js'

/** Room for any address: sizeof(struct sockaddr_storage). */
export const storageSize = 128
// sizeof(struct sockaddr_un) - sizeof(sa_family_t)
const unixRoom = 108

const little = endianness() === 'LE'
const encoder = new TextEncoder()
// A byte order mark is part of a name, not to be stripped.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Writes an address into `storage` (128 bytes, zeroed first) as the kernel lays it out. Returns its length.
 *
 * @throws {TypeError} for no address, @throws {RangeError} for a field that does not fit
 */
export function encodeAddress(address: Address, storage: Uint8Array): number {
  storage.fill(0)
  const view = new DataView(storage.buffer, storage.byteOffset, storageSize)
  const family = (number: number) => view.setUint16(0, number, little)
  switch (address.family) {
    case 'ipv4': {
      family(AddressFamily.INET)
      view.setUint16(2, integer(address.port, 'port', 0xffff))
      storage.set(parsed(parseIpv4, address.address, 'an IPv4 address'), 4)
      return 16
    }
    case 'ipv6':
      family(AddressFamily.INET6)
      return encodeIpv6(address, storage, view)
    case 'unix':
      family(AddressFamily.UNIX)
      return encodeUnix(address, storage)
    case 'can':
      family(AddressFamily.CAN)
      view.setInt32(4, integer(address.interfaceIndex, 'interfaceIndex', 0x7fffffff), little)
      view.setUint32(8, integer(address.rxId ?? 0, 'rxId', 0xffffffff), little)
      view.setUint32(12, integer(address.txId ?? 0, 'txId', 0xffffffff), little)
      return 24
    case 'netlink':
      family(AddressFamily.NETLINK)
      view.setUint32(4, integer(address.pid, 'pid', 0xffffffff), little)
      view.setUint32(8, integer(address.groups, 'groups', 0xffffffff), little)
      return 12
    case 'other':
      family(integer(address.number, 'number', 0xffff))
      return 2 + setOther(address.bytes, storage)
    default:
      throw new TypeError('an address has the family ipv4, ipv6, unix, can, netlink or other')
  }
}

function encodeIpv6(address: Ipv6Address, storage: Uint8Array, view: DataView): number {
  view.setUint16(2, integer(address.port, 'port', 0xffff))
  view.setUint32(4, integer(address.flowlabel ?? 0, 'flowlabel', 0xfffff))
  storage.set(parsed(parseIpv6, address.address, 'an IPv6 address'), 8)
  view.setUint32(24, integer(address.scopeId ?? 0, 'scopeId', 0xffffffff), little)
  return 28
}

function encodeUnix({ path, abstract }: UnixAddress, storage: Uint8Array): number {
  if (abstract !== undefined) {
    if (path !== undefined) throw new TypeError('a unix address has a path or an abstract name')
    const name = room(toBytes(abstract, 'abstract'), unixRoom - 1, 'abstract')
    storage.set(name, 3)
    return 3 + name.length
  }
  if (path === undefined) return 2
  const bytes = room(toBytes(path, 'path'), unixRoom - 1, 'path')
  if (bytes.length === 0 || bytes.includes(0)) {
    throw new RangeError('the path of a unix address must not be empty, nor contain a NUL')
  }
  storage.set(bytes, 2)
  return 2 + bytes.length + 1
}

/** Reads an address of `length` bytes that the kernel wrote into `storage`. */
export function decodeAddress(storage: Uint8Array, length: number): Address {
  const view = new DataView(storage.buffer, storage.byteOffset, storageSize)
  const number = length < 2 ? AddressFamily.UNSPEC : view.getUint16(0, little)
  if (number === AddressFamily.INET && length >= 8) {
    return {
      family: 'ipv4',
      address: storage.subarray(4, 8).join('.'),
      port: view.getUint16(2),
    }
  }
  if (number === AddressFamily.INET6 && length >= 24) {
    return {
      family: 'ipv6',
      address: formatIpv6(storage.subarray(8, 24)),
      port: view.getUint16(2),
      flowlabel: view.getUint32(4) & 0xfffff,
      scopeId: view.getUint32(24, little),
    }
  }
  if (number === AddressFamily.UNIX) return decodeUnix(storage.subarray(2, length))
  if (number === AddressFamily.CAN && length >= 8) {
    return {
      family: 'can',
      interfaceIndex: view.getInt32(4, little),
      rxId: view.getUint32(8, little),
      txId: view.getUint32(12, little),
    }
  }
  if (number === AddressFamily.NETLINK && length >= 12) {
    return { family: 'netlink', pid: view.getUint32(4, little), groups: view.getUint32(8, little) }
  }
  return { family: 'other', number, bytes: storage.slice(2, Math.max(2, length)) }
}

function decodeUnix(name: Uint8Array): UnixAddress {
  if (name.length === 0) return { family: 'unix' }
  if (name[0] === 0) return { family: 'unix', abstract: toText(name.slice(1)) }
  const end = name.indexOf(0)
  return { family: 'unix', path: toText(name.slice(0, end < 0 ? name.length : end)) }
}

function toText(bytes: Uint8Array): string | Uint8Array {
  try {
    return strict.decode(bytes)
  } catch {
    return bytes
  }
}

function toBytes(text: string | Uint8Array, name: string): Uint8Array {
  if (typeof text === 'string') return encoder.encode(text)
  if (types.isUint8Array(text)) return text
  throw new TypeError(`the ${name} of a unix address must be a string or a Uint8Array`)
}

function room(bytes: Uint8Array, most: number, name: string): Uint8Array {
  if (!types.isUint8Array(bytes)) throw new TypeError(`the ${name} must be a Uint8Array`)
  if (bytes.length <= most) return bytes
  throw new RangeError(`the ${name} of an address must be at most ${most} bytes`)
}

/** Looked at once: a getter may say something else the next time. */
function setOther(bytes: Uint8Array, storage: Uint8Array): number {
  storage.set(room(bytes, storageSize - 2, 'bytes'), 2)
  return bytes.length
}

/** Parses the text of an IP address. */
function parsed(
  parse: (text: string) => Uint8Array | undefined,
  text: string,
  what: string,
): Uint8Array {
  if (typeof text !== 'string') throw new TypeError(`${what} must be a string`)
  const bytes = parse(text)
  if (bytes !== undefined) return bytes
  throw new RangeError(`${JSON.stringify(text)} is not ${what}`)
}

function integer(value: number, name: string, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`the ${name} of an address must be a number`)
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new RangeError(`the ${name} of an address must be an integer from 0 to ${most}`)
}

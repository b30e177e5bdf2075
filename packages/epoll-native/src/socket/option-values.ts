import { endianness } from 'node:os'

const little = endianness() === 'LE'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** How a socket option's value is laid out. `Read` is what `getSocketOption` gives, `Write` what can be set. */
export interface OptionValue<Read, Write> {
  readonly size: number
  readonly decode: (bytes: Uint8Array) => Read
  readonly encode: (value: Write) => Uint8Array
}

/** `SO_LINGER` (socket(7)): what close(2) does with unsent data. On with 0 seconds: it resets the connection. */
export interface Linger {
  readonly on: boolean
  readonly seconds: number
}

/** `SO_PEERCRED` (unix(7)): who connected, as of then. */
export interface PeerCredentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

export const integer: OptionValue<number, number> = {
  size: 4,
  decode: (bytes) => viewOf(bytes).getInt32(0, little),
  encode: (value) => {
    if (typeof value !== 'number') throw new TypeError('the value of this option must be a number')
    // Larger ones would arrive as negative numbers, which mean something else to the kernel.
    if (!Number.isInteger(value) || value < -0x80000000 || value > 0x7fffffff) {
      throw new RangeError(
        'the value of this option must be an integer from -2147483648 to 2147483647',
      )
    }
    const bytes = new Uint8Array(4)
    viewOf(bytes).setInt32(0, value, little)
    return bytes
  },
}

/** One whose largest values are no negative numbers: a mask, an id, a limit that is off. */
export const unsigned: OptionValue<number, number> = {
  size: 4,
  decode: (bytes) => viewOf(bytes).getUint32(0, little),
  encode: (value) => {
    if (typeof value !== 'number') throw new TypeError('the value of this option must be a number')
    if (value >>> 0 !== value) {
      throw new RangeError('the value of this option must be an integer from 0 to 4294967295')
    }
    return integer.encode(value | 0)
  },
}

export const boolean: OptionValue<boolean, boolean> = {
  size: 4,
  decode: (bytes) => integer.decode(bytes) !== 0,
  encode: (value) => {
    if (typeof value !== 'boolean')
      throw new TypeError('the value of this option must be a boolean')
    return integer.encode(value ? 1 : 0)
  },
}

export const linger: OptionValue<Linger, Linger> = {
  size: 8,
  decode: (bytes) => ({
    on: viewOf(bytes).getInt32(0, little) !== 0,
    seconds: viewOf(bytes).getInt32(4, little),
  }),
  encode: (value) => {
    if (typeof value !== 'object' || value === null) {
      throw new TypeError('the value of this option must be { on, seconds }')
    }
    const bytes = new Uint8Array(8)
    const { on, seconds } = value
    bytes.set(boolean.encode(on), 0)
    bytes.set(integer.encode(seconds), 4)
    if (seconds < 0) throw new RangeError('the seconds of this option must not be negative')
    return bytes
  },
}

export const credentials: OptionValue<PeerCredentials, never> = {
  size: 12,
  decode: (bytes) => ({
    pid: viewOf(bytes).getInt32(0, little),
    uid: viewOf(bytes).getUint32(4, little),
    gid: viewOf(bytes).getUint32(8, little),
  }),
  encode: () => {
    throw new TypeError('this option can only be read')
  },
}

export const text: OptionValue<string, string> = {
  size: 64,
  decode: (bytes) => {
    const end = bytes.indexOf(0)
    return decoder.decode(bytes.subarray(0, end < 0 ? undefined : end))
  },
  encode: (value) => {
    if (typeof value !== 'string') throw new TypeError('the value of this option must be a string')
    // The kernel would take what stands before it for the whole.
    if (value.includes('\0')) {
      throw new RangeError('the value of this option must have no NUL characters')
    }
    return encoder.encode(value)
  },
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

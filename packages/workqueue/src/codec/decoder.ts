import { shortLatin1 } from './short-string.js'
import { Slabs } from './slab.js'
import { TAG } from './tags.js'

/** Reads what an {@link Encoder} of the other thread wrote, from the same shared memory. */
export class Decoder {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #buffer: Buffer
  readonly #slabs = new Slabs()
  readonly #shapes: string[][] = [[]]
  /** Of each shape: whether objects inherit one of its keys. */
  readonly #delicate: boolean[] = [false]
  #at = 0

  constructor(private readonly memory: SharedArrayBuffer) {
    this.#bytes = new Uint8Array(memory)
    this.#view = new DataView(memory)
    this.#buffer = Buffer.from(memory)
  }

  /** Learns the next shape; they are numbered in the order of their definitions, from 1. */
  define(keys: string[]): void {
    this.#shapes.push(keys)
    this.#delicate.push(keys.some(isInherited))
  }

  /** Reads the value at byte offset `at`. Everything in it is a copy. */
  decode(at: number): unknown {
    this.#at = at
    return this.#read()
  }

  #read(): unknown {
    const tag = this.#bytes[this.#at++]
    switch (tag) {
      case TAG.int32:
        return this.#int32()
      case TAG.shortString:
        return this.#latin1(this.#bytes[this.#at++] as number)
      case TAG.shaped:
        return this.#shaped()
      case TAG.float64:
        return this.#float64()
      case TAG.undefined:
        return undefined
      case TAG.null:
        return null
      case TAG.true:
        return true
      case TAG.false:
        return false
      case TAG.bytes:
        return this.#byteArray()
      case TAG.array:
        return this.#array()
      case TAG.latin1:
        return this.#latin1(this.#int32())
      case TAG.utf16:
        return this.#utf16()
      case TAG.object:
        return this.#object()
      case TAG.date:
        return new Date(this.#float64())
      case TAG.bigint:
        return this.#bigint()
      default:
        throw new Error(`unknown tag ${tag} in shared memory`)
    }
  }

  #int32(): number {
    const value = this.#view.getInt32(this.#at, true)
    this.#at += 4
    return value
  }

  #uint16(): number {
    const value = this.#view.getUint16(this.#at, true)
    this.#at += 2
    return value
  }

  #float64(): number {
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  #latin1(length: number): string {
    const start = this.#at
    this.#at = start + length
    if (length <= 16) return shortLatin1(this.#bytes, start, length)
    return this.#buffer.toString('latin1', start, start + length)
  }

  #utf16(): string {
    const start = this.#at + 4
    const end = start + 2 * this.#int32()
    this.#at = end
    return this.#buffer.toString('utf16le', start, end)
  }

  #bigint(): bigint {
    const digits = this.#read() as string
    return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)
  }

  #array(): unknown[] {
    return this.#values(this.#int32())
  }

  #values(length: number): unknown[] {
    const values: unknown[] = []
    for (let i = 0; i < length; i++) values.push(this.#read())
    return values
  }

  #shaped(): object {
    const number = this.#uint16()
    const keys = this.#shapes[number] as string[]
    if (this.#delicate[number]) return assemble(keys, this.#values(keys.length))
    const object: Record<string, unknown> = {}
    for (let i = 0; i < keys.length; i++) object[keys[i] as string] = this.#read()
    return object
  }

  #object(): object {
    const values = this.#values(this.#uint16())
    return assemble(this.#values(values.length) as string[], values)
  }

  #byteArray(): Uint8Array {
    const length = this.#int32()
    const start = (this.#at + 7) & -8
    this.#at = start + length
    return this.#slabs.copy(this.memory, start, length)
  }
}

/** Whether assigning would meet something that every object inherits: it may be frozen, or a setter. */
function isInherited(key: string): boolean {
  return key in Object.prototype
}

function assemble(keys: string[], values: unknown[]): object {
  const object: Record<string, unknown> = {}
  for (const [i, key] of keys.entries()) {
    const value = values[i]
    if (!isInherited(key)) object[key] = value
    else {
      Object.defineProperty(object, key, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
  }
  return object
}

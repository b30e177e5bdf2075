import { types } from 'node:util'
import { isDetached } from './detached.js'
import { isBare } from './disguise.js'
import { isInt32 } from './int32.js'
import { Met } from './met.js'
import { isPool } from './pool.js'
import { type Shape, ShapeTable } from './shapes.js'
import { isSlab } from './slab.js'
import { SHORT_STRING, TAG } from './tags.js'

/** What {@link Encoder.encode} answers when it wrote nothing usable. */
export const OVERFLOW = -1
export const UNSUITED = -2

const MAX_DEPTH = 100

/**
 * Writes plain data straight into shared memory: primitives, arrays, plain objects, dates, byte arrays.
 * Anything else, and any graph that is not a tree, is "unsuited": it travels by structured clone instead, so that
 * a value means the same by either way.
 */
export class Encoder {
  readonly shapes = new ShapeTable()
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #buffer: Buffer
  #at = 0
  #end = 0
  #failure = 0
  #depth = 0
  readonly #met = new Met()

  constructor(memory: SharedArrayBuffer) {
    this.#bytes = new Uint8Array(memory)
    this.#view = new DataView(memory)
    this.#buffer = Buffer.from(memory)
  }

  /**
   * Writes `value` at byte offset `at`, not beyond `end`. Returns the offset after it, OVERFLOW or UNSUITED.
   * A getter of the value may throw; then nothing counts as written.
   */
  encode(value: unknown, at: number, end: number): number {
    this.#at = at
    this.#end = end
    if (typeof value !== 'object' || value === null) {
      return this.#write(value) ? this.#at : this.#failure
    }
    this.#depth = 0
    try {
      return this.#write(value) ? this.#at : this.#failure
    } finally {
      this.#met.clear()
    }
  }

  #write(value: unknown): boolean {
    // A test for each type is inlined by V8; a switch over `typeof` calls out for the name.
    if (typeof value === 'number') return this.#number(value)
    if (typeof value === 'string') return this.#string(value)
    if (value === null) return this.#tag(TAG.null)
    if (typeof value === 'object') return this.#object(value)
    if (value === undefined) return this.#tag(TAG.undefined)
    if (typeof value === 'boolean') return this.#tag(value ? TAG.true : TAG.false)
    if (typeof value === 'bigint') return this.#tag(TAG.bigint) && this.#string(value.toString(16))
    return this.#fail(UNSUITED)
  }

  #fail(code: number): false {
    this.#failure = code
    return false
  }

  #tag(tag: number): boolean {
    if (this.#at >= this.#end) return this.#fail(OVERFLOW)
    this.#bytes[this.#at++] = tag
    return true
  }

  #counted(tag: number, count: number): boolean {
    if (this.#at + 5 > this.#end) return this.#fail(OVERFLOW)
    this.#bytes[this.#at] = tag
    this.#view.setInt32(this.#at + 1, count, true)
    this.#at += 5
    return true
  }

  #number(value: number): boolean {
    return isInt32(value) ? this.#counted(TAG.int32, value) : this.#float(TAG.float64, value)
  }

  #float(tag: number, value: number): boolean {
    if (this.#at + 9 > this.#end) return this.#fail(OVERFLOW)
    this.#bytes[this.#at] = tag
    this.#view.setFloat64(this.#at + 1, value, true)
    this.#at += 9
    return true
  }

  #string(value: string): boolean {
    const { length } = value
    if (length > SHORT_STRING) return this.#longString(value)
    const start = this.#at
    if (start + 2 + length > this.#end) return this.#fail(OVERFLOW)
    const bytes = this.#bytes
    bytes[start] = TAG.shortString
    bytes[start + 1] = length
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 255) return this.#utf16(value)
      bytes[start + 2 + i] = code
    }
    this.#at = start + 2 + length
    return true
  }

  #longString(value: string): boolean {
    // Equal lengths mean ASCII, and asking is cheaper than looking at every character here.
    if (Buffer.byteLength(value) !== value.length) return this.#utf16(value)
    if (this.#at + 5 + value.length > this.#end) return this.#fail(OVERFLOW)
    this.#counted(TAG.latin1, value.length)
    this.#at += this.#buffer.write(value, this.#at, 'latin1')
    return true
  }

  #utf16(value: string): boolean {
    if (this.#at + 5 + 2 * value.length > this.#end) return this.#fail(OVERFLOW)
    this.#counted(TAG.utf16, value.length)
    this.#at += this.#buffer.write(value, this.#at, 'utf16le')
    return true
  }

  #object(value: object): boolean {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) {
      return this.#enter(value) && this.#plain(value as Record<string, unknown>)
    }
    if (Array.isArray(value)) return this.#enter(value) && this.#array(value)
    if (prototype === Uint8Array.prototype || prototype === Buffer.prototype) {
      return this.#own(value as Uint8Array) && this.#byteArray(value as Uint8Array)
    }
    if (prototype === Date.prototype) {
      if (!types.isDate(value)) return this.#fail(UNSUITED)
      return this.#meet(value) && this.#float(TAG.date, value.getTime())
    }
    return this.#fail(UNSUITED)
  }

  /** Goes one level down; the caller comes up again. */
  #enter(value: object): boolean {
    // Structured clone takes none; reading one would run code of the user's.
    if (types.isProxy(value)) return this.#fail(UNSUITED)
    if (!this.#meet(value)) return false
    return ++this.#depth <= MAX_DEPTH || this.#fail(UNSUITED)
  }

  #meet(value: object): boolean {
    return this.#met.add(value) || this.#fail(UNSUITED)
  }

  #array(value: unknown[]): boolean {
    const { length } = value
    if (!this.#counted(TAG.array, length)) return false
    for (let i = 0; i < length; i++) {
      const element = value[i]
      // A hole is not an undefined: structured clone keeps the difference.
      if (element === undefined && !(i in value)) return this.#fail(UNSUITED)
      if (!this.#write(element)) return false
    }
    this.#depth--
    return true
  }

  /** The values first, then the keys unless the other side knows the shape: every getter runs once. */
  #plain(value: Record<string, unknown>): boolean {
    const start = this.#at
    if (start + 3 > this.#end) return this.#fail(OVERFLOW)
    this.#at = start + 3
    let shape = this.shapes.root
    let rest: string[] | undefined
    for (const key in value) {
      // A key that somebody put on Object.prototype, or one that would set a prototype.
      if (!Object.hasOwn(value, key) || key === '__proto__') return this.#fail(UNSUITED)
      if (!this.#write(value[key])) return false
      if (rest === undefined) {
        const next = shape.with(key, this.shapes)
        if (next === undefined) rest = [key]
        else shape = next
      } else rest.push(key)
    }
    if (shape.count === 0 && !isBare(value)) return this.#fail(UNSUITED)
    this.#depth--
    if (rest === undefined && shape.id > 0) return this.#head(start, TAG.shaped, shape.id)
    return this.#unshaped(start, shape, rest)
  }

  /** What was written from `start` on are the values of an object with the keys of `shape` and then `rest`. */
  #unshaped(start: number, shape: Shape, rest: string[] | undefined): boolean {
    const keys = rest === undefined ? shape.keys : [...shape.keys, ...rest]
    if (keys.length > 0xffff) return this.#fail(UNSUITED)
    for (const key of keys) if (!this.#string(key)) return false
    if (rest === undefined) this.shapes.notice(shape)
    return this.#head(start, TAG.object, keys.length)
  }

  #head(start: number, tag: number, number: number): true {
    this.#bytes[start] = tag
    this.#view.setUint16(start + 1, number, true)
    return true
  }

  /** Whether the bytes may be copied: they are not shared, neither with other threads nor with another view. */
  #own(value: Uint8Array): boolean {
    // Something else may have this prototype.
    if (!ArrayBuffer.isView(value)) return this.#fail(UNSUITED)
    const { buffer } = value
    if (!(buffer instanceof ArrayBuffer)) return this.#fail(UNSUITED)
    if (value.length === 0 && isDetached(buffer)) return this.#fail(UNSUITED)
    // What stands alone is met nowhere else.
    if (this.#depth === 0) return true
    if (!this.#meet(value)) return false
    return this.#met.add(buffer) || isSlab(buffer) || isPool(buffer) || this.#fail(UNSUITED)
  }

  #byteArray(value: Uint8Array): boolean {
    // Both ends on whole words: copying from or to shared memory goes byte by byte otherwise.
    const at = (this.#at + 5 + 7) & -8
    const { length } = value
    if (at + length > this.#end) return this.#fail(OVERFLOW)
    this.#counted(TAG.bytes, length)
    this.#at = at + length
    // A call into native code costs as much as some thirty bytes.
    if (length > 32) this.#bytes.set(value, at)
    else for (let i = 0; i < length; i++) this.#bytes[at + i] = value[i] as number
    return true
  }
}

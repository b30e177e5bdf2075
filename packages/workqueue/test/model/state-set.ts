/** A list of 32-bit integers that grows without copying. */
export class Ints {
  static readonly #BITS = 18
  readonly #chunks: Int32Array[] = []
  length = 0

  push(value: number): void {
    const chunk = this.length >> Ints.#BITS
    if (chunk === this.#chunks.length) this.#chunks.push(new Int32Array(1 << Ints.#BITS))
    ;(this.#chunks[chunk] as Int32Array)[this.length++ & ((1 << Ints.#BITS) - 1)] = value
  }

  at(index: number): number {
    const chunk = this.#chunks[index >> Ints.#BITS] as Int32Array
    return chunk[index & ((1 << Ints.#BITS) - 1)] as number
  }
}

/**
 * States, numbered in the order in which they were added. Each is packed into a few integers and compared as a whole,
 * never by its hash alone: no state can be taken for another.
 */
export class StateSet {
  readonly #widths: Uint8Array
  /** Where each word lies: in which integer, from which bit on. */
  readonly #ints: Uint8Array
  readonly #shifts: Uint8Array
  readonly #packed: Int32Array
  readonly #rows = new Ints()
  /** Open addressing: a state's number + 1, or 0. */
  #table = new Int32Array(1 << 16)
  size = 0

  /** @param widths how many bits each word of a state needs */
  constructor(widths: readonly number[]) {
    this.#widths = Uint8Array.from(widths)
    this.#ints = new Uint8Array(widths.length)
    this.#shifts = new Uint8Array(widths.length)
    let int = 0
    let shift = 0
    for (const [word, bits] of widths.entries()) {
      if (shift + bits > 32) {
        int++
        shift = 0
      }
      this.#ints[word] = int
      this.#shifts[word] = shift
      shift += bits
    }
    this.#packed = new Int32Array(int + 1)
  }

  /** The number of a state, which is `size` before the call if it is new. */
  add(state: readonly number[]): number {
    this.#pack(state)
    const table = this.#table
    const mask = table.length - 1
    let place = this.#hash() & mask
    for (let number = table[place] as number; number !== 0; number = table[place] as number) {
      if (this.#isAt(number - 1)) return number - 1
      place = (place + 1) & mask
    }
    table[place] = ++this.size
    for (let i = 0; i < this.#packed.length; i++) this.#rows.push(this.#packed[i] as number)
    if (this.size > mask >> 1) this.#grow()
    return this.size - 1
  }

  get(number: number): number[] {
    this.#unpack(number)
    const state: number[] = []
    for (let word = 0; word < this.#widths.length; word++) {
      const bits =
        (this.#packed[this.#ints[word] as number] as number) >>> (this.#shifts[word] as number)
      state.push(bits & ((1 << (this.#widths[word] as number)) - 1))
    }
    return state
  }

  #pack(state: readonly number[]): void {
    const packed = this.#packed
    packed.fill(0)
    for (let word = 0; word < this.#widths.length; word++) {
      const value = state[word] as number
      if (value === 0) continue
      if (value >>> (this.#widths[word] as number) !== 0)
        throw new RangeError(`word ${word} does not hold ${value}`)
      const int = this.#ints[word] as number
      packed[int] = (packed[int] as number) | (value << (this.#shifts[word] as number))
    }
  }

  #unpack(number: number): void {
    const start = number * this.#packed.length
    for (let i = 0; i < this.#packed.length; i++) this.#packed[i] = this.#rows.at(start + i)
  }

  #isAt(number: number): boolean {
    const start = number * this.#packed.length
    for (let i = 0; i < this.#packed.length; i++) {
      if (this.#rows.at(start + i) !== this.#packed[i]) return false
    }
    return true
  }

  #hash(): number {
    let hash = 0
    for (let i = 0; i < this.#packed.length; i++) {
      hash = Math.imul(hash ^ (this.#packed[i] as number), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0x85ebca6b)
    return hash ^ (hash >>> 13)
  }

  #grow(): void {
    const table = new Int32Array(2 * this.#table.length)
    const mask = table.length - 1
    for (let number = 0; number < this.size; number++) {
      this.#unpack(number)
      let place = this.#hash() & mask
      while (table[place] !== 0) place = (place + 1) & mask
      table[place] = number + 1
    }
    this.#table = table
  }
}

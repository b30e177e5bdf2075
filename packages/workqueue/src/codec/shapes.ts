const MAX_SHAPES = 1000
const MAX_NODES = 8000
/** An object with more keys, or with so long ones, is a dictionary: hardly another one will have the same. */
const MAX_KEYS = 128
const MAX_CHARACTERS = 1024

/** The list of keys of a plain object, in order. Number 0 means that the other side does not know it. */
export class Shape {
  id = 0
  /** True between the first sight and the definition. */
  pending = false
  /** How many keys it has. */
  readonly count: number
  readonly #characters: number
  #lastKey: string | undefined
  #lastNext: Shape | undefined
  #next: Map<string, Shape> | undefined

  constructor(
    readonly parent: Shape | undefined,
    readonly key: string,
  ) {
    this.count = parent === undefined ? 0 : parent.count + 1
    this.#characters = parent === undefined ? 0 : parent.#characters + key.length
  }

  /** Whether a key of so many characters may follow. */
  mayGrow(characters: number): boolean {
    return this.count < MAX_KEYS && this.#characters + characters <= MAX_CHARACTERS
  }

  /** The shape with one more key; `undefined` when the table is full or that would be no shape any more. */
  with(key: string, table: ShapeTable): Shape | undefined {
    // Objects of one kind come in rows: the same key follows as last time.
    if (key === this.#lastKey) return this.#lastNext
    this.#next ??= new Map()
    let next = this.#next.get(key)
    if (next === undefined) {
      next = table.grow(this, key)
      if (next === undefined) return undefined
      this.#next.set(key, next)
    }
    this.#lastKey = key
    this.#lastNext = next
    return next
  }

  get keys(): string[] {
    const keys: string[] = []
    for (let shape: Shape = this; shape.parent !== undefined; shape = shape.parent) {
      keys.push(shape.key)
    }
    return keys.reverse()
  }
}

/**
 * The shapes that one encoder has met. A shape is used only after its definition went to the other side in an
 * earlier record of its own: a record that is skipped over there must not take a definition with it.
 */
export class ShapeTable {
  readonly root = new Shape(undefined, '')
  #pending: Shape[] = []
  #nodes = 0
  #shapes = 0

  grow(parent: Shape, key: string): Shape | undefined {
    if (this.#nodes === MAX_NODES || !parent.mayGrow(key.length)) return undefined
    this.#nodes++
    return new Shape(parent, key)
  }

  /** An object of this undefined shape was met: define it before the next record. */
  notice(shape: Shape): void {
    if (shape.pending || this.#shapes === MAX_SHAPES) return
    shape.pending = true
    this.#shapes++
    this.#pending.push(shape)
  }

  get hasPending(): boolean {
    return this.#pending.length > 0
  }

  get nextPending(): Shape | undefined {
    return this.#pending[0]
  }

  /** The definition of {@link nextPending} fits into no record: its objects carry their keys for good. */
  drop(): void {
    this.#pending.shift()
  }

  /** The definition of {@link nextPending} has been written; returns nothing, the shape is usable from now. */
  define(): void {
    const shape = this.#pending.shift()
    if (shape !== undefined) shape.id = ++this.#defined
  }

  #defined = 0
}

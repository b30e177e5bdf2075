/** A first-in-first-out queue over a circular array: no shifting, memory given back when it empties. */
export class Deque<T> {
  #items: (T | undefined)[] = new Array(16)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: T): void {
    if (this.#size === this.#items.length) this.#grow()
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item
    this.#size++
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  *items(): Generator<T> {
    for (let i = 0; i < this.#size; i++) {
      yield this.#items[(this.#head + i) & (this.#items.length - 1)] as T
    }
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.#size--
    if (this.#size === 0 && this.#items.length > 1024) this.#items = new Array(16)
    return item
  }

  #grow(): void {
    const { length } = this.#items
    const items = new Array<T | undefined>(2 * length)
    for (let i = 0; i < length; i++) items[i] = this.#items[(this.#head + i) & (length - 1)]
    this.#items = items
    this.#head = 0
  }
}

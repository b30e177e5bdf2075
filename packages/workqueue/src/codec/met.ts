const LINEAR_SEARCH = 8

/** The objects met in one value: a second meeting makes it a graph. */
export class Met {
  readonly #first: (object | undefined)[] = new Array(LINEAR_SEARCH).fill(undefined)
  #count = 0
  #more: Set<object> | undefined

  /** Notes an object; false: it was met before. */
  add(value: object): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (this.#first[i] === value) return false
    }
    if (this.#count < LINEAR_SEARCH) {
      this.#first[this.#count++] = value
      return true
    }
    this.#more ??= new Set()
    if (this.#more.has(value)) return false
    this.#more.add(value)
    return true
  }

  clear(): void {
    for (let i = 0; i < this.#count; i++) this.#first[i] = undefined
    this.#count = 0
    this.#more = undefined
  }
}

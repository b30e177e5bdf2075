/** One element of a {@link LinkedList}. */
export interface Link<T> {
  readonly value: T
  before: Link<T> | undefined
  after: Link<T> | undefined
  linked: boolean
}

/** A first-come-first-served line whose members may leave from the middle in constant time. */
export class LinkedList<T> {
  #first: Link<T> | undefined
  #last: Link<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): Link<T> | undefined {
    return this.#first
  }

  push(value: T): Link<T> {
    const link: Link<T> = { value, before: this.#last, after: undefined, linked: true }
    if (this.#last === undefined) this.#first = link
    else this.#last.after = link
    this.#last = link
    this.#size++
    return link
  }

  shift(): T | undefined {
    const link = this.#first
    if (link === undefined) return undefined
    this.remove(link)
    return link.value
  }

  /** Takes `link` out; false when it had left already. */
  remove(link: Link<T>): boolean {
    if (!link.linked) return false
    link.linked = false
    if (link.before === undefined) this.#first = link.after
    else link.before.after = link.after
    if (link.after === undefined) this.#last = link.before
    else link.after.before = link.before
    this.#size--
    return true
  }
}

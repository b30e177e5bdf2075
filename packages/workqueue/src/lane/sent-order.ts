import { CELL } from './layout.js'

/**
 * The order in which a lane's cells were filled, which is the order in which the worker begins their jobs: those that it
 * has not begun are the last ones, and are found without a look at the rest.
 */
export class SentOrder {
  /** Cells, by place. No more places than cells are ahead of the worker: each of them has a cell of its own. */
  readonly #cells: Uint32Array
  /** The last place of each cell. */
  readonly #places: Float64Array
  readonly #mask: number
  /** Before this place there is nothing that has not begun. */
  #first = 0
  #end = 0

  constructor(private readonly states: Int32Array) {
    const places = 2 ** Math.ceil(Math.log2(states.length))
    this.#cells = new Uint32Array(places)
    this.#places = new Float64Array(states.length).fill(-1)
    this.#mask = places - 1
  }

  sent(cell: number): void {
    this.#cells[this.#end & this.#mask] = cell
    this.#places[cell] = this.#end++
  }

  /** Cells of jobs that have not begun, the first one first. */
  *forward(): Generator<number> {
    this.#skipBegun()
    for (let place = this.#first; place < this.#end; place++) {
      if (this.#isWaiting(place)) yield this.#cellAt(place)
    }
  }

  /** The same, the last one first. */
  *backward(): Generator<number> {
    this.#skipBegun()
    for (let place = this.#end - 1; place >= this.#first; place--) {
      if (this.#isWaiting(place)) yield this.#cellAt(place)
    }
  }

  #skipBegun(): void {
    this.#first = Math.max(this.#first, this.#end - this.#cells.length)
    while (this.#first < this.#end && !this.#isWaiting(this.#first)) this.#first++
  }

  /** A cell that was filled again stands elsewhere now, where its earlier job was is nothing. */
  #isWaiting(place: number): boolean {
    const cell = this.#cellAt(place)
    return this.#places[cell] === place && Atomics.load(this.states, cell) === CELL.queued
  }

  #cellAt(place: number): number {
    return this.#cells[place & this.#mask] as number
  }
}

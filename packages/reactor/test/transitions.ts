import assert from 'node:assert/strict'
import { SlotState, stateOf } from '../src/loan/slot-state.js'
import { SlotTable } from '../src/loan/slot-table.js'

const { FREE, ARMED, FIRED, LENT, BORROWED, REARMING, REVOKED, RETURNED } = SlotState

/**
 * The diagram in slot-state.ts: where each state may lead. To itself: under a new generation (`modify` and `recall`). ARMED, FIRED,
 * LENT to FREE: closed by the reactor, a ticket by way of FIRED.
 */
const diagram: Readonly<Record<SlotState, readonly SlotState[]>> = {
  [FREE]: [ARMED],
  [ARMED]: [ARMED, FIRED, FREE],
  [FIRED]: [FIRED, ARMED, LENT, FREE],
  [LENT]: [BORROWED, FIRED],
  [BORROWED]: [REARMING, RETURNED, REVOKED, FREE],
  [REARMING]: [ARMED, FIRED, BORROWED, RETURNED, REVOKED, FREE],
  [REVOKED]: [RETURNED, FREE],
  [RETURNED]: [FREE],
}

function name(state: SlotState): string {
  return Object.keys(SlotState)[state] ?? '?'
}

/** Checks every change of every state word against the diagram, from now on until `stop`. */
export class Transitions {
  /** What was seen: `ARMED → FIRED`, … */
  readonly seen = new Set<string>()
  readonly #methods = ['exchange', 'setWord', 'occupy', 'vacate'] as const
  readonly #originals = this.#methods.map((method) => SlotTable.prototype[method])

  start(): void {
    const seen = (from: SlotState, to: SlotState) => this.#see(from, to)
    this.#methods.forEach((method, index) => {
      const original = this.#originals[index] as (...args: number[]) => unknown
      const watched = function (this: SlotTable, slot: number, ...args: number[]): unknown {
        const before = stateOf(this.word(slot))
        const result = original.call(this, slot, ...args)
        if (result !== false) seen(before, stateOf(this.word(slot)))
        return result
      }
      Object.assign(SlotTable.prototype, { [method]: watched })
    })
  }

  stop(): void {
    this.#methods.forEach((method, index) => {
      Object.assign(SlotTable.prototype, { [method]: this.#originals[index] })
    })
  }

  #see(from: SlotState, to: SlotState): void {
    const transition = `${name(from)} → ${name(to)}`
    this.seen.add(transition)
    assert.ok(diagram[from].includes(to), `${transition} is not in the diagram`)
  }
}

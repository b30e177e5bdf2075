/** Thrown by a push into a ring that was closed. `code` is `'ERR_RING_CLOSED'`. */
export class RingClosedError extends Error {
  override readonly name = 'RingClosedError'
  readonly code = 'ERR_RING_CLOSED'

  constructor() {
    super('the ring is closed')
  }
}

/**
 * Thrown when another thread has stood in the middle of a step for a second: it was most likely killed there.
 * `owner` says which; `repair(owner)` finishes its step. `code` is `'ERR_RING_STALLED'`.
 */
export class RingStalledError extends Error {
  override readonly name = 'RingStalledError'
  readonly code = 'ERR_RING_STALLED'

  constructor(readonly owner: number) {
    super(
      `owner ${owner} claimed a slot of the ring and does not go on; repair(${owner}) if it is dead`,
    )
  }
}

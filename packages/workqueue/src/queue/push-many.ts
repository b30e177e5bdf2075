import { setImmediate } from 'node:timers/promises'
import { now } from '../clock.js'

/** How long inputs may follow upon each other before the event loop gets a turn (ms). */
const SLICE_MS = 10
/** The clock is read once in so many inputs. */
const STRIDE = 16

/** How one input is pushed, and whether the host's event loop turns at all. */
export interface Pusher<Input> {
  /** True at once where there is room: a promise for each would cost more than the push. */
  push(input: Input): boolean | Promise<boolean>
  readonly hasLoop: boolean
}

/**
 * Pushes one input after the other; gives the number of those accepted. Whatever it rejects with has that number as
 * its property `accepted`, if it can have one.
 */
export async function pushMany<Input>(
  inputs: Iterable<Input> | AsyncIterable<Input>,
  pusher: Pusher<Input>,
): Promise<number> {
  let accepted = 0
  let untilClock = STRIDE
  let turnAt = now() + SLICE_MS
  try {
    for await (const input of inputs) {
      const pushed = pusher.push(input)
      if (pushed === true || (await pushed)) accepted++
      if (--untilClock > 0) continue
      untilClock = STRIDE
      // A full queue that discards answers in microtasks: a source that never ends would keep the loop, its timers, and
      // with them whoever might abort, waiting for ever.
      if (!pusher.hasLoop || now() < turnAt) continue
      await setImmediate()
      turnAt = now() + SLICE_MS
    }
    return accepted
  } catch (error) {
    throw withCount(error, accepted)
  }
}

/** The very error: whoever threw it may look for it. What is frozen, or no object, goes without the number. */
function withCount(error: unknown, accepted: number): unknown {
  if (typeof error === 'object' && error !== null) {
    Reflect.defineProperty(error, 'accepted', {
      value: accepted,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return error
}

import type { System } from './explore.js'
import { keeperSteps } from './ring-keeper.js'
import { ringReduction } from './ring-reduction.js'
import type { ModelOptions, State } from './ring-state.js'
import * as words from './ring-state.js'
import { workerSteps } from './ring-worker.js'

// Constants of this module: under the test runner each use of an imported one costs a call.
const { AT, CRASHES, FAULT, FAULTS, HEAD, layoutOf, P, PAYLOAD, read, SLOT, TAIL } = words

/**
 * The protocol of StampedRing, one atomic operation a step: producers that push their records and end, consumers that
 * take them until the ring is closed and empty, all of which sleep when they must; a thread that closes the ring; and
 * at most one thread that dies, at any step, after which another repairs the ring. Positions are plain integers here.
 */
export function stampedRingModel(options: ModelOptions): System {
  const { producers, capacity, records, mortals = [], plain = false } = options
  const at = layoutOf(options)
  const { own, go, workers, closer, repairer } = at
  const work = workerSteps(options, at)
  const keeper = keeperSteps(options, at)
  const reduce = ringReduction(options, at, work, keeper)

  const isMortal = Array.from({ length: workers }, (_, p) =>
    mortals.includes(at.isProducer(p) ? 'producer' : 'consumer'),
  )
  isMortal.push(mortals.includes('closer'))

  const initial: State = new Array<number>(at.widths.length).fill(0)
  initial[CRASHES] = mortals.length > 0 ? 1 : 0
  for (let i = 0; i < capacity; i++) initial[at.slot(i) + SLOT.stamp] = 2 * i

  /** A worker may also die when it has nothing left to do; the closer only while it closes: before, it is as good as late. */
  function mayDie(s: readonly number[], p: number): boolean {
    if (s[CRASHES] === 0 || !isMortal[p]) return false
    return p < closer || (at.pc(s, p) > 0 && !at.isOver(s, p))
  }

  function die(s: readonly number[], p: number): State {
    const t = go(s, p, AT.dead)
    t[CRASHES] = 0
    return t
  }

  function successors(s: readonly number[]): State[] {
    const next = [...keeper.close(s), ...keeper.repair(s)]
    for (let p = 0; p < workers; p++) if (!at.isOver(s, p)) next.push(...work(s, p))
    for (let p = 0; p <= closer; p++) if (mayDie(s, p)) next.push(die(s, p))
    if (plain) return next
    const reduced: State[] = []
    const dieOnTheWay = (t: State, p: number) => {
      if (mayDie(t, p)) reduced.push(reduce(die(t, p), () => {}))
    }
    for (const t of next) reduced.push(reduce(t, dieOnTheWay))
    return reduced
  }

  function isEnd(s: readonly number[]): boolean {
    for (let p = 0; p <= closer; p++) if (!at.isOver(s, p)) return false
    return at.dead(s) === undefined || at.pc(s, repairer) === AT.ended
  }

  function fault(s: readonly number[]): string | undefined {
    if (s[FAULT] !== 0) return FAULTS[read(s, FAULT)]
    if (plain && deliveries(s).some((count) => count > 1)) return 'double pop'
    if (isLeftAsleep(s)) return 'lost wake-up'
    return isEnd(s) && isLost(s) ? 'lost record' : undefined
  }

  /** Nobody can go on until somebody closes the ring, and yet one who sleeps has what it waits for. */
  function isLeftAsleep(s: readonly number[]): boolean {
    if (at.pc(s, closer) !== 0) return false
    if (at.dead(s) !== undefined && at.pc(s, repairer) !== AT.ended) return false
    const sleepers: number[] = []
    for (let p = 0; p < workers; p++) {
      if (at.pc(s, p) === AT.asleep) sleepers.push(p)
      else if (!at.isOver(s, p)) return false
    }
    const length = read(s, TAIL) - read(s, HEAD)
    return sleepers.some((p) => (at.isProducer(p) ? length < capacity : length > 0))
  }

  /** At the end: a record that was pushed and that nobody took. One that died may have taken one record along. */
  function isLost(s: readonly number[]): boolean {
    const kept = (p: number) => !at.isProducer(p) && at.pc(s, p) === AT.ended
    if (!Array.from({ length: workers }, (_, p) => p).some(kept)) return false
    for (let i = 0; i < capacity; i++)
      if (read(s, at.slot(i) + SLOT.payload) >= PAYLOAD.record) return true
    if (!plain) return false
    const dead = at.dead(s)
    const taken = dead !== undefined && dead >= producers && dead < workers ? 1 : 0
    return (
      deliveries(s).filter((count, record) => isAccepted(s, record) && count === 0).length > taken
    )
  }

  function deliveries(s: readonly number[]): number[] {
    return Array.from({ length: at.total }, (_, record) =>
      read(s, at.tally(record + PAYLOAD.record)),
    )
  }

  function isAccepted(s: readonly number[], record: number): boolean {
    return record % records < read(s, own(Math.floor(record / records), P.done))
  }

  return {
    initial: plain ? initial : reduce(initial.slice(), () => {}),
    widths: at.widths,
    successors,
    fault,
    isEnd,
  }
}

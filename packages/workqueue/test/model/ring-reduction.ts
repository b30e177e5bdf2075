import { type keeperSteps, REPAIR } from './ring-keeper.js'
import type { Event, Layout, ModelOptions, State } from './ring-state.js'
import * as words from './ring-state.js'

// Constants of this module: under the test runner each use of an imported one costs a call.
const { AT, CLOSED, CRASHES, HEAD, P, PAYLOAD, read, SLOT } = words

/** Where a thread owns a slot that it has not claimed yet, or has published already. */
const OWNING = new Set<number>([AT.claim, AT.release])

/**
 * Makes one state out of many between which no property can tell. Where both fit, test/ring-model.test.ts holds that
 * the plain states get the same verdicts, broken protocols included.
 *
 * 1. Some steps are taken at once after the one before, since every way to a fault, a deadlock or an end still leads
 *    there when they are put first ({@link isAtOnce} says why of each). A thread may still die on the way.
 * 2. What a process will not read again is set to 0.
 * 3. Two of a kind are interchangeable: the protocol compares owners for equality only. Of two states that differ by
 *    an exchange, one is kept.
 * 4. Elsewhere in the model: of an event's sequence only "has it moved since I read it" is kept, which is all that
 *    Atomics.wait asks (`eventSteps`); records have no numbers, since nothing looks into them: that writes and reads
 *    of each slot's payload alternate says of every record that it is taken once (`access`).
 */
export function ringReduction(
  options: ModelOptions,
  at: Layout,
  work: (s: State, p: number) => State[],
  keeper: ReturnType<typeof keeperSteps>,
) {
  const { producers, consumers, capacity, records, sabotage } = options
  const { own, pc: pcOf, slot, isProducer, workers, closer, repairer } = at
  const { close, repair } = keeper

  /**
   * @param onTheWay is told of the states between steps that are taken at once in which a thread that dies leaves
   * something else behind than before or after: it owns a slot. (What it wrote into a slot that it had claimed, a
   * repair overwrites.)
   */
  return function reduce(state: State, onTheWay: (t: State, p: number) => void): State {
    let t = state
    for (let isMoving = true; isMoving; ) {
      isMoving = false
      for (let p = 0; p < workers; p++) {
        while (isAtOnce(t, p)) {
          if (OWNING.has(pcOf(t, p))) onTheWay(t, p)
          t = work(t, p)[0] as State
          isMoving = true
        }
      }
    }
    while (at.dead(t) !== undefined && isRepairAtOnce(t)) t = repair(t)[0] as State
    while (isCloseAtOnce(t)) {
      onTheWay(t, closer)
      t = close(t)[0] as State
    }
    for (let p = 0; p < workers; p++) forget(t, p)
    if (producers === 2) order(t, 0, 1)
    if (consumers === 2) order(t, producers, producers + 1)
    return t
  }

  function isAtOnce(t: State, p: number): boolean {
    const producer = isProducer(p)
    switch (pcOf(t, p)) {
      // Touches nothing of anybody else.
      case AT.returned:
        return true
      // Who has claimed a slot is alone in it: that it is so is looked at (`isInSlot`).
      case AT.payload:
        return true
      // The owner's word is a lock. Who finds it taken starts over and has changed nothing by then: it might as well
      // have come later. So nobody can tell when it was taken, if before the claim, or given back.
      case AT.claim:
      case AT.unown:
      case AT.release:
        return true
      // For the same reason a claim may be one step with the reads before it; unless a thread may yet die: with a slot
      // of its own that it has looked at too long ago, or before a close.
      case AT.own:
        return t[CRASHES] === 0 && sabotage !== 'closeBesideTail'
      // A consumer acts upon what it read only if all of it was true together when it read the last word, for counters
      // and stamps never go back; else it starts over: it might as well have read all of it then.
      // A producer has read before that the ring is open: a close may come between, unless the stamp decides by now.
      case AT.stamp: {
        const position = read(t, own(p, P.at))
        return !producer || read(t, slot(position) + SLOT.stamp) >= 2 * position
      }
      case AT.other:
        return !producer || read(t, HEAD) + capacity > read(t, own(p, P.at))
      // What is so for good: closed, the last record pushed, the event's sequence moved on.
      case AT.counter:
        return producer && (t[CLOSED] === 1 || t[own(p, P.done)] === records)
      case AT.readClosed:
        return t[CLOSED] === 1
      case AT.wait:
        return t[own(p, P.key)] === 1 && sabotage !== 'keylessWait'
      // An announcement that nobody is or will be there to hear.
      case AT.sleepers:
      case AT.sequence:
      case AT.notify:
        return !sleeps(t, producer ? 'notEmpty' : 'notFull')
      default:
        return false
    }
  }

  /** What the dead thread owns, nobody else changes, but for the counter; giving it back is as in {@link isAtOnce}. */
  function isRepairAtOnce(t: State): boolean {
    const pc = pcOf(t, repairer)
    const waking = pc - REPAIR.words * capacity
    if (waking >= 0) return pc < AT.dead && !sleeps(t, waking < 2 ? 'notEmpty' : 'notFull')
    if (pc % REPAIR.words === REPAIR.store) return read(t, own(repairer, P.local)) === 0
    return pc % REPAIR.words !== REPAIR.counter
  }

  function isCloseAtOnce(t: State): boolean {
    const pc = pcOf(t, closer)
    return pc > 0 && pc < AT.dead && !sleeps(t, pc < 3 ? 'notEmpty' : 'notFull')
  }

  /** Whether anybody of an event's line sleeps, or may come to sleep. If not, an announcement changes nothing. */
  function sleeps(t: State, event: Event): boolean {
    const first = event === 'notFull' ? 0 : producers
    const last = event === 'notFull' ? producers : workers
    for (let p = first; p < last; p++) if (maySleep(t, p)) return true
    return false
  }

  /** Closed for good, a ring lets nobody sleep but one that has looked for the last time whether it is closed. */
  function maySleep(t: State, p: number): boolean {
    const pc = pcOf(t, p)
    if (pc >= AT.dead || pc === AT.cancelClosed) return false
    if (pc === AT.asleep || sabotage === 'noSecondLook') return true
    const producer = isProducer(p)
    if (t[CLOSED] === 0) {
      const left = records - read(t, own(p, P.done))
      return !producer || left > (pc > AT.claim && pc < AT.cancel && pc !== AT.unown ? 1 : 0)
    }
    if (t[own(p, P.key)] === 1 && sabotage !== 'keylessWait') return false
    return mayWait(t, p, pc) && t[own(p, P.sawClosed)] === 0 && !looksForClose(p, pc)
  }

  /** Whether one that may wait comes to look before that whether the ring is closed. */
  function looksForClose(p: number, pc: number): boolean {
    if (sabotage === 'noSecondLook') return false
    if (isProducer(p)) return pc !== AT.stamp && pc !== AT.other && pc !== AT.wait
    return pc === AT.prepare || pc === AT.readClosed
  }

  function forget(t: State, p: number): void {
    const pc = pcOf(t, p)
    if (pc < AT.stamp || (pc > AT.release && pc !== AT.other)) t[own(p, P.at)] = 0
    if (pc >= AT.dead) {
      for (let word = P.pc + 1; word < P.words; word++) t[own(p, word)] = 0
    } else if (!mayWait(t, p, pc)) {
      t[own(p, P.key)] = 0
      t[own(p, P.sawClosed)] = 0
    } else if (t[own(p, P.sawClosed)] === 1) t[own(p, P.key)] = 0
    else if (t[CLOSED] === 1 && looksForClose(p, pc)) t[own(p, P.key)] = 0
  }

  /** Whether a process may come to wait with the key that it has. */
  function mayWait(t: State, p: number, pc: number): boolean {
    if (pc === AT.prepare) return true
    if (t[own(p, P.second)] === 0 || pc === AT.asleep || pc === AT.woken) return false
    if (pc < AT.publish || pc > AT.cancel) return pc !== AT.cancelClosed
    return t[own(p, P.local)] === PAYLOAD.hole
  }

  function order(t: State, p: number, q: number): void {
    if (!isAfter(t, p, q)) return
    for (let word = 0; word < P.words; word++) {
      const first = read(t, own(p, word))
      t[own(p, word)] = read(t, own(q, word))
      t[own(q, word)] = first
    }
    for (let i = 0; i < capacity; i++) {
      const owner = slot(i) + SLOT.owner
      if (t[owner] === p + 1) t[owner] = q + 1
      else if (t[owner] === q + 1) t[owner] = p + 1
    }
  }

  function isAfter(t: State, p: number, q: number): boolean {
    for (let word = 0; word < P.words; word++) {
      const difference = read(t, own(p, word)) - read(t, own(q, word))
      if (difference !== 0) return difference > 0
    }
    return false
  }
}

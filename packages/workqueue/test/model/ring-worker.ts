import type { Event, Fault, Layout, ModelOptions, State } from './ring-state.js'
import * as words from './ring-state.js'

// Constants of this module: under the test runner each use of an imported one costs a call.
const { AT, CLOSED, FAULT, HEAD, P, PAYLOAD, read, SEQ, SLEEPERS, SLOT, TAIL } = words

export function fail(t: State, fault: Fault): void {
  if (t[FAULT] === 0) t[FAULT] = fault
}

export const waitsFor = (at: Layout, p: number): Event =>
  at.isProducer(p) ? 'notFull' : 'notEmpty'

/** Another thread that has claimed the slot and not yet published its step: the payload is its own. */
export function isInSlot(t: State, at: Layout, slot: number, but: number): boolean {
  for (let q = 0; q < at.workers; q++) {
    const pc = at.pc(t, q)
    const isInside = pc === AT.payload || pc === AT.publish
    if (q !== but && isInside && at.slot(read(t, at.own(q, P.at))) === slot) return true
  }
  return false
}

/** What of the protocol threads that wake others have in common: EventCount.announce and announceAll. */
export function eventSteps({ plain = false }: ModelOptions, at: Layout) {
  const { workers, go } = at
  const isIn = (event: Event, p: number) => waitsFor(at, p) === event
  return {
    /** Moves the sequence. Nobody tells its values apart but by "has it moved since": reduced, it is told to all. */
    move(t: State, event: Event): void {
      if (plain) t[SEQ[event]] = read(t, SEQ[event]) + 1
      else for (let p = 0; p < workers; p++) if (isIn(event, p)) t[at.own(p, P.key)] = 1
    },
    notifyOne(s: readonly number[], p: number, event: Event, pc: number): State[] {
      const next: State[] = []
      for (let q = 0; q < workers; q++) {
        if (!isIn(event, q) || at.pc(s, q) !== AT.asleep) continue
        const t = go(s, p, pc)
        t[at.own(q, P.pc)] = AT.woken
        next.push(t)
      }
      return next.length === 0 ? [go(s, p, pc)] : next
    },
    notifyAll(s: readonly number[], p: number, event: Event, pc: number): State[] {
      const t = go(s, p, pc)
      for (let q = 0; q < workers; q++) {
        if (isIn(event, q) && at.pc(s, q) === AT.asleep) t[at.own(q, P.pc)] = AT.woken
      }
      return [t]
    },
  }
}

/**
 * One step of a producer or a consumer, one atomic operation each, as src/ring/stamped-ring.ts and event-count.ts do
 * it: the two are mirror images but for what they do in the slot.
 */
export function workerSteps(options: ModelOptions, at: Layout) {
  const { capacity, records, sabotage, plain = false } = options
  const { own, go } = at
  const events = eventSteps(options, at)

  return function steps(s: readonly number[], p: number): State[] {
    const producer = at.isProducer(p)
    const waits = waitsFor(at, p)
    const wakes = producer ? 'notEmpty' : 'notFull'
    const counter = producer ? TAIL : HEAD
    const position = read(s, own(p, P.at))
    const slot = at.slot(position)
    const second = s[own(p, P.second)] === 1
    const to = (pc: number) => go(s, p, pc)
    const writing = (pc: number, word: number, value: number) => {
      const t = go(s, p, pc)
      t[word] = value
      return [t]
    }
    switch (at.pc(s, p)) {
      case AT.counter:
        if (producer && s[own(p, P.done)] === records) return [to(AT.ended)]
        if (producer && s[CLOSED] === 1) return [to(second ? AT.cancelClosed : AT.ended)]
        return writing(AT.stamp, own(p, P.at), read(s, counter))
      case AT.stamp: {
        const stamp = read(s, slot + SLOT.stamp)
        if (stamp === 2 * position + (producer ? 0 : 1)) return [to(AT.own)]
        if (stamp === 2 * position + (producer ? 1 - 2 * capacity : 0)) return [to(AT.other)]
        return [to(AT.counter)]
      }
      case AT.own:
        if (s[slot + SLOT.owner] !== 0 && sabotage !== 'noOwner') return [to(AT.counter)]
        return writing(AT.claim, slot + SLOT.owner, p + 1)
      case AT.claim: {
        const isClosed = producer && s[CLOSED] === 1 && sabotage !== 'closeBesideTail'
        if (s[counter] !== position || isClosed) return [to(AT.unown)]
        return writing(AT.payload, counter, position + 1)
      }
      case AT.unown:
        return writing(AT.counter, slot + SLOT.owner, 0)
      case AT.payload: {
        const t = to(AT.publish)
        access(t, p)
        return [t]
      }
      case AT.publish: {
        const stamp = producer ? 2 * position + 1 : 2 * (position + capacity)
        const next = writing(AT.release, slot + SLOT.stamp, stamp)
        if (stamp <= read(s, slot + SLOT.stamp)) for (const t of next) fail(t, 4)
        if (read(s, counter) <= position) for (const t of next) fail(t, 5)
        return next
      }
      case AT.release:
        return writing(AT.sleepers, slot + SLOT.owner, 0)
      case AT.sleepers:
        return [to(read(s, SLEEPERS[wakes]) > 0 ? AT.sequence : AT.returned)]
      case AT.sequence: {
        const t = to(AT.notify)
        events.move(t, wakes)
        return [t]
      }
      case AT.notify:
        return events.notifyOne(s, p, wakes, AT.returned)
      case AT.returned: {
        const t = s.slice()
        finish(t, p)
        return [t]
      }
      case AT.other:
        return [to(look(s, p))]
      case AT.key:
        return writing(AT.prepare, own(p, P.key), plain ? read(s, SEQ[waits]) : 0)
      case AT.prepare: {
        const reads = !producer && sabotage !== 'closedAfterLook'
        const looks = reads ? AT.readClosed : AT.counter
        const t = to(sabotage === 'noSecondLook' ? AT.wait : looks)
        t[SLEEPERS[waits]] = read(s, SLEEPERS[waits]) + 1
        t[own(p, P.second)] = 1
        return [t]
      }
      case AT.readClosed: {
        if (sabotage !== 'closedAfterLook')
          return writing(AT.counter, own(p, P.sawClosed), read(s, CLOSED))
        return [to(s[CLOSED] === 1 ? AT.cancelClosed : AT.wait)]
      }
      case AT.wait:
        return [to(hasMoved(s, p) && sabotage !== 'keylessWait' ? AT.woken : AT.asleep)]
      case AT.woken:
      case AT.cancel:
      case AT.cancelClosed: {
        const t = to(at.pc(s, p) === AT.cancelClosed ? AT.ended : AT.counter)
        t[SLEEPERS[waits]] = read(s, SLEEPERS[waits]) - 1
        t[own(p, P.second)] = 0
        return [t]
      }
      default:
        // Asleep: only another thread's notify goes on from here.
        return []
    }
  }

  function hasMoved(s: readonly number[], p: number): boolean {
    const key = read(s, own(p, P.key))
    return plain ? key !== s[SEQ[waitsFor(at, p)]] : key === 1
  }

  /** The slot says full or empty; is that still so? */
  function look(s: readonly number[], p: number): number {
    const position = s[own(p, P.at)]
    const other = at.isProducer(p) ? read(s, HEAD) + capacity : read(s, TAIL)
    if (other !== position) return AT.counter
    if (s[own(p, P.second)] === 0) return AT.key
    if (sabotage === 'closedAfterLook' && !at.isProducer(p)) return AT.readClosed
    return s[own(p, P.sawClosed)] === 1 ? AT.cancelClosed : AT.wait
  }

  /** Writes or reads the payload. What is there must alternate: a record, then nothing that anybody waits for. */
  function access(t: State, p: number): void {
    const slot = at.slot(read(t, own(p, P.at)))
    const there = read(t, slot + SLOT.payload)
    if (isInSlot(t, at, slot, p)) fail(t, 3)
    if (at.isProducer(p)) {
      if (there >= PAYLOAD.record) fail(t, 2)
      const number = plain ? p * records + read(t, own(p, P.done)) : 0
      t[slot + SLOT.payload] = PAYLOAD.record + number
    } else {
      if (there === PAYLOAD.none) fail(t, 1)
      t[own(p, P.local)] = there
      t[slot + SLOT.payload] = PAYLOAD.none
    }
  }

  /** tryPush returns, or tryPop does, or goes on past a hole. Touches nothing of anybody else. */
  function finish(t: State, p: number): void {
    const value = read(t, own(p, P.local))
    const second = t[own(p, P.second)] === 1
    t[own(p, P.local)] = 0
    t[own(p, P.pc)] = second && value !== PAYLOAD.hole ? AT.cancel : AT.counter
    if (at.isProducer(p)) t[own(p, P.done)] = read(t, own(p, P.done)) + 1
    else if (plain && value >= PAYLOAD.record) t[at.tally(value)] = read(t, at.tally(value)) + 1
  }
}

import type { Layout, ModelOptions, State } from './ring-state.js'
import * as words from './ring-state.js'
import { eventSteps, fail, isInSlot } from './ring-worker.js'

// Constants of this module: under the test runner each use of an imported one costs a call.
const { AT, CLOSED, HEAD, P, PAYLOAD, read, SLOT, TAIL } = words

/** Steps of StampedRing.repair for one slot; the next slot's follow. */
export const REPAIR = { stamp: 0, counter: 1, store: 2, free: 3, words: 4 } as const

/** What the threads do that close the ring, and that repair it when one has died. */
export function keeperSteps(options: ModelOptions, at: Layout) {
  const { producers, capacity, closeEarly, sabotage } = options
  const { own, go, closer, repairer } = at
  const { move, notifyAll } = eventSteps(options, at)
  const wakeAll = REPAIR.words * capacity

  function moved(s: readonly number[], p: number, event: 'notEmpty' | 'notFull', pc: number) {
    const t = go(s, p, pc)
    move(t, event)
    return [t]
  }

  function close(s: readonly number[]): State[] {
    switch (at.pc(s, closer)) {
      case 0: {
        if (!closeEarly) for (let p = 0; p < producers; p++) if (!at.isOver(s, p)) return []
        const t = go(s, closer, sabotage === 'silentClose' ? AT.ended : 1)
        t[CLOSED] = 1
        return [t]
      }
      case 1:
        return moved(s, closer, 'notEmpty', 2)
      case 2:
        return notifyAll(s, closer, 'notEmpty', 3)
      case 3:
        return moved(s, closer, 'notFull', 4)
      case 4:
        return notifyAll(s, closer, 'notFull', AT.ended)
      default:
        return []
    }
  }

  /** Goes through the slots of the thread that died, then wakes everybody. */
  function repair(s: readonly number[]): State[] {
    const dead = at.dead(s)
    const pc = at.pc(s, repairer)
    if (dead === undefined || pc === AT.ended) return []
    if (pc < wakeAll) return [repairSlot(s, dead, pc)]
    switch (pc - wakeAll) {
      case 0:
        if (sabotage === 'silentRepair') return [go(s, repairer, AT.ended)]
        return moved(s, repairer, 'notEmpty', pc + 1)
      case 1:
        return notifyAll(s, repairer, 'notEmpty', pc + 1)
      case 2:
        return moved(s, repairer, 'notFull', pc + 1)
      default:
        return notifyAll(s, repairer, 'notFull', AT.ended)
    }
  }

  function repairSlot(s: readonly number[], dead: number, pc: number): State {
    const slot = at.slot(Math.floor(pc / REPAIR.words))
    const stamp = read(s, own(repairer, P.at))
    const position = stamp >> 1
    const isFree = stamp % 2 === 0
    const t = go(s, repairer, pc + 1)
    switch (pc % REPAIR.words) {
      case REPAIR.stamp:
        if (s[slot + SLOT.owner] !== dead + 1) t[own(repairer, P.pc)] = pc + REPAIR.words
        else t[own(repairer, P.at)] = read(s, slot + SLOT.stamp)
        break
      case REPAIR.counter: {
        const isPast = read(s, isFree ? TAIL : HEAD) > position
        const finishes = sabotage !== 'repairWithoutFinish' && isPast
        if (finishes || sabotage === 'repairWithoutCounter') t[own(repairer, P.local)] = 1
        break
      }
      case REPAIR.store:
        if (read(s, own(repairer, P.local)) === 1) {
          if (isInSlot(t, at, slot, dead)) fail(t, 3)
          if (read(s, isFree ? TAIL : HEAD) <= position) fail(t, 5)
          t[slot + SLOT.payload] = isFree ? PAYLOAD.hole : PAYLOAD.none
          t[slot + SLOT.stamp] = isFree ? stamp + 1 : 2 * (position + capacity)
        }
        t[own(repairer, P.at)] = 0
        t[own(repairer, P.local)] = 0
        break
      default:
        t[slot + SLOT.owner] = 0
    }
    return t
  }

  return { close, repair }
}

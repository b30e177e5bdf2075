import { EpollFlag } from '@rearm/epoll-native'
import { alwaysReported } from './interest.js'
import type { InterestList } from './interest-list.js'
import { SlotState, stateOf } from './loan/slot-state.js'
import type { KernelEntry } from './poller.js'

/** Where the reactor's list and the kernel's differ: nowhere, if all is well. */
export interface Audit {
  /** Descriptors that are registered here and unknown to the kernel: closed behind the reactor's back. */
  readonly missing: readonly number[]
  /** Entries of the kernel's that belong to no registration. */
  readonly ghosts: readonly KernelEntry[]
  /** Entries that ask for something else than their registration. */
  readonly wrong: readonly KernelEntry[]
  /** Whether there is no difference. */
  readonly empty: boolean
}

const modeBits = EpollFlag.ET | EpollFlag.ONESHOT | EpollFlag.EXCLUSIVE | EpollFlag.WAKEUP

/** Compares the two lists. Exact while no loan is out: a borrower changes the kernel's at any moment. */
export function audit(list: InterestList, entries: readonly KernelEntry[]): Audit {
  const { table } = list
  const ghosts: KernelEntry[] = []
  const wrong: KernelEntry[] = []
  const seen = new Set<number>()
  for (const entry of entries) {
    const registration = list.at(entry.tokenLow)
    if (registration === undefined || registration.fd !== entry.fd) {
      ghosts.push(entry)
      continue
    }
    const { slot } = registration
    const armed = stateOf(table.word(slot)) === SlotState.ARMED
    // A fired oneshot keeps the token that it fired with, and only the bits of its mode.
    if (armed && entry.tokenHigh !== table.generation(slot)) {
      ghosts.push(entry)
      continue
    }
    seen.add(slot)
    const events = armed ? table.events(slot) | alwaysReported : table.events(slot) & modeBits
    if (entry.events !== events >>> 0) wrong.push(entry)
  }
  const missing: number[] = []
  for (const registration of list) {
    if (list.arming.isListed(registration) && !seen.has(registration.slot))
      missing.push(registration.fd)
  }
  return {
    missing,
    ghosts,
    wrong,
    empty: missing.length + ghosts.length + wrong.length === 0,
  }
}

import { EpollOp } from '@rearm/epoll-native'
import type { InterestList } from './interest-list.js'
import type { Ctl } from './loan/arm.js'
import { arm } from './loan/arm.js'
import { SlotState, stateOf, withState } from './loan/slot-state.js'
import type { Poller } from './poller.js'
import type { Registration } from './registration.js'

/**
 * Builds the kernel's list anew, and so gets rid of registrations that cannot be removed by number any more. Every
 * armed registration is added, and fires again if it is ready: no edge is lost. What is on loan or has fired is left out;
 * arming it adds it.
 *
 * @param addOthers adds what is no registration (the reactor's bell)
 */
export function rebuild(list: InterestList, poller: Poller, addOthers: (ctl: Ctl) => void): void {
  const { table } = list
  const added = new Set<Registration>()
  poller.replace((ctl) => {
    addOthers(ctl)
    for (const registration of list) {
      const { slot, fd } = registration
      if (!registration.listed || stateOf(table.word(slot)) !== SlotState.ARMED) continue
      // A descriptor that was closed behind our back fails here, and is off the list for good.
      ctl(EpollOp.ADD, fd, table.events(slot), slot, table.generation(slot))
      added.add(registration)
    }
  })
  // Only now is the new list in place: a borrower that re-armed meanwhile may have told the old one.
  for (const registration of list) {
    if (!added.has(registration)) armIfRearmed(list, poller, registration)
  }
}

function armIfRearmed(list: InterestList, poller: Poller, registration: Registration): void {
  const { table } = list
  const { slot, fd } = registration
  const wasListed = registration.listed
  registration.listed = false
  if (!wasListed) return
  const word = table.word(slot)
  // Still at it: told to arm again, by taking it back to BORROWED. If that fails it has got to ARMED just now.
  if (stateOf(word) === SlotState.REARMING) {
    if (table.exchange(slot, word, withState(word, SlotState.BORROWED))) return
  }
  if (stateOf(table.word(slot)) !== SlotState.ARMED) return
  arm(poller.ctl, fd, table.events(slot), slot, table.generation(slot))
  registration.listed = true
}

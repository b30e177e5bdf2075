import { EpollFlag, EpollOp, Errno, SystemError } from '@rearm/epoll-native'
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
 * @throws {SystemError} when the new list cannot be made; nothing has changed then
 */
export function rebuild(list: InterestList, poller: Poller, addOthers: (ctl: Ctl) => void): void {
  const { table } = list
  const added = new Set<Registration>()
  poller.replace((ctl) => {
    addOthers(ctl)
    for (const registration of list) {
      if (stateOf(table.word(registration.slot)) !== SlotState.ARMED) continue
      if (!list.arming.isListed(registration)) continue
      added.add(registration)
      if (isStillOurs(list, poller, registration)) add(list, ctl, registration)
    }
  })
  // Only now is the new list in place: a borrower that re-armed meanwhile may have told the old one.
  for (const registration of list) {
    if (added.has(registration)) {
      registration.leftOut = false
      registration.armedTwice = false
    } else if (!registration.disarmed && !registration.alwaysReady) {
      catchUp(list, poller, registration)
    }
  }
}

/** Whether the old list knows the number: if not, it was closed behind our back, and may be somebody else's by now. */
function isStillOurs(list: InterestList, poller: Poller, registration: Registration): boolean {
  const { slot, fd } = registration
  const generation = list.table.generation(slot)
  const events = (list.table.events(slot) & ~EpollFlag.EXCLUSIVE) >>> 0
  const result = poller.ctl(EpollOp.MOD, fd, events, slot, generation)
  // An exclusive one cannot be modified, but EINVAL says that it is there.
  return result === 0 || (result === -Errno.EINVAL && registration.mode === 'exclusive')
}

function add(list: InterestList, ctl: Ctl, { slot, fd }: Registration): void {
  const result = ctl(EpollOp.ADD, fd, list.table.events(slot), slot, list.table.generation(slot))
  // ENOSPC, ENOMEM: better the old list with its ghost than a new one that lacks somebody.
  if (result < 0 && result !== -Errno.EBADF) throw new SystemError(result, 'epoll_ctl')
}

/** Deals with one that was silent or on loan when the new list was filled. */
function catchUp(list: InterestList, poller: Poller, registration: Registration): void {
  const { table } = list
  const { slot, fd } = registration
  registration.leftOut = true
  const word = table.word(slot)
  // Still at it: told to arm again, by taking it back to BORROWED. If that fails it has got to ARMED just now.
  if (stateOf(word) === SlotState.REARMING) {
    if (table.exchange(slot, word, withState(word, SlotState.BORROWED))) {
      registration.armedTwice = true
      return
    }
  }
  if (stateOf(table.word(slot)) !== SlotState.ARMED) return
  registration.leftOut = false
  registration.armedTwice = false
  arm(poller.ctl, fd, table.events(slot), slot, table.generation(slot))
}

/**
 * Answers an event of a registration that a rebuild may have made its borrower arm twice. It may come of the first time, and
 * so does not prove, as it else would, that the borrower's last epoll_ctl(2) is behind us. So it is dropped, and the descriptor
 * armed once more, by whoever has it: what is ready then fires again.
 */
export function settle(list: InterestList, poller: Poller, registration: Registration): void {
  const { table } = list
  const { slot, fd } = registration
  const word = table.word(slot)
  if (stateOf(word) === SlotState.REARMING) {
    if (table.exchange(slot, word, withState(word, SlotState.BORROWED))) return
  }
  if (stateOf(table.word(slot)) !== SlotState.ARMED) return
  registration.armedTwice = false
  arm(poller.ctl, fd, table.events(slot), slot, table.generation(slot))
}

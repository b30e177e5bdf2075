/**
 * The states of a slot, and every transition between them. A slot's state word holds the state, the desk that has
 * borrowed it, and the low bits of the generation, so that one compare-and-exchange proves all three.
 *
 *     FREE ──register──▶ ARMED ──oneshot fires──▶ FIRED ──lend──▶ LENT ──borrow──▶ BORROWED
 *                          ▲                        │ ▲              │
 *                          └──rearm, modify─────────┘ └───recall─────┘
 *
 *     BORROWED ──rearm──▶ REARMING ──EPOLL_CTL_MOD is done──▶ ARMED
 *                             ├──it fires before the worker says so──▶ FIRED
 *                             ├──the reactor has rebuilt its epoll: arm again──▶ BORROWED
 *                             └──the kernel refuses──▶ RETURNED
 *     BORROWED ──finish──▶ RETURNED ──the reactor: DEL, close──▶ FREE
 *     BORROWED, REARMING ──close() by the reactor──▶ REVOKED ──the loan ends──▶ RETURNED
 *     ARMED, FIRED, LENT ──close() by the reactor──▶ FREE (a ticket for it is stale from then on)
 *
 *   The borrower's thread is gone, reclaim():
 *     BORROWED, REVOKED, RETURNED ──DEL, close──▶ FREE
 *     REARMING ──EPOLL_CTL_MOD once more──▶ ARMED, or, refused, FREE
 *
 * ARMED is also what a mode other than oneshot stays in, and what is disarmed (off the kernel's list) is said to be.
 *
 * Who may leave a state: the reactor's thread every state; any desk LENT, by borrowing; the desk that is named in the word
 * BORROWED, REARMING and REVOKED. A borrower whose REARMING was taken to FIRED makes no call on the descriptor any more.
 *
 * Fired before the worker says so: the event has this loan's generation, so it proves that the call is done. After a rebuild
 * a borrower calls twice, and the first call's event proves nothing of the second: then nothing fires out of REARMING
 * (`settle` in rebuild.ts).
 *
 * REARMING exists because a worker that stored ARMED and only then called epoll_ctl(2) could be overtaken: the
 * reactor would close the armed descriptor in between, and the call would hit the number's next owner.
 */
export const SlotState = {
  FREE: 0,
  ARMED: 1,
  FIRED: 2,
  LENT: 3,
  BORROWED: 4,
  REARMING: 5,
  REVOKED: 6,
  RETURNED: 7,
} as const
export type SlotState = (typeof SlotState)[keyof typeof SlotState]

const stateBits = 3
const deskBits = 10
const stateMask = (1 << stateBits) - 1
const generationMask = (1 << (32 - stateBits - deskBits)) - 1

/** Desks are numbered from 1; 0 in a state word: no desk. */
export const mostDesks = (1 << deskBits) - 1

/** Packs a state word, as the int32 that an Int32Array holds. */
export function pack(state: SlotState, desk: number, generation: number): number {
  return state | (desk << stateBits) | ((generation & generationMask) << (stateBits + deskBits))
}

export function stateOf(word: number): SlotState {
  return (word & stateMask) as SlotState
}

export function deskOf(word: number): number {
  return (word >>> stateBits) & mostDesks
}

/** The same word in another state. */
export function withState(word: number, state: SlotState): number {
  return (word & ~stateMask) | state
}

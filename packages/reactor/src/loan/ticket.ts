/**
 * Names one loan: two integers, so that it crosses a thread as 8 bytes. Each `lend()` has a generation of its own, so
 * that a ticket is good for one `borrow`.
 */
export interface Ticket {
  /** The registration's place, the same in all its tickets, and another's when it has ended. 0 to 4294967295 */
  readonly slot: number
  /** 0 to 4294967295 */
  readonly generation: number
}

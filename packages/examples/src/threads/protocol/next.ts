/** What a conversation waits for, and what its driver is to do. */
export const Next = {
  /** More input: `feed`, or `end` when there is none. */
  READ: 0,
  /** There is no room for another answer: write the answers out, clear them, then `proceed`. */
  FLUSH: 1,
  /** Its turn is over, its work is not: `proceed` after others had theirs. */
  YIELD: 2,
  /** `proceed` in `sleepMs` milliseconds. */
  SLEEP: 3,
  /** `tell` it the server's state. */
  STATS: 4,
  /** Write the answers out, then close the connection. */
  CLOSE: 5,
  /** The peer asks for the thread's end; never said unless `CRASH` is allowed. */
  CRASH: 6,
} as const
export type Next = (typeof Next)[keyof typeof Next]

/**
 * A word of shared memory that counts the threads which are writing to a descriptor's number this very moment. Whoever is
 * about to close that number locks it, waits until they have left, and so closes it under nobody's hands.
 */
const LOCKED = -0x80000000

/** How long a closer waits for a thread that is inside this very moment (ms). */
export const patience = 100

/** False: it is locked, and the number may be somebody else's. Else the caller has to `leave`. */
export function enter(words: Int32Array, index: number): boolean {
  // Counted in before looking: the closer waits for whoever is in.
  if (Atomics.add(words, index, 1) >= 0) return true
  leave(words, index)
  return false
}

export function leave(words: Int32Array, index: number): void {
  Atomics.sub(words, index, 1)
  Atomics.notify(words, index)
}

/** Lets nobody enter from now on. */
export function lock(words: Int32Array, index: number): void {
  Atomics.or(words, index, LOCKED)
}

/** Waits until everybody has left what is locked. False: somebody is inside at the `deadline`, most likely dead. */
export function isLeft(words: Int32Array, index: number, deadline: number): boolean {
  for (;;) {
    const inside = Atomics.load(words, index)
    if (inside === LOCKED) return true
    const left = deadline - performance.now()
    if (left <= 0) return false
    Atomics.wait(words, index, inside, left)
  }
}

/** Counts out those who have died inside. */
export function evict(words: Int32Array, index: number): void {
  Atomics.and(words, index, LOCKED)
}

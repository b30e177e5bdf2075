/** Points of the protocol at which a test may stop a thread. */
export type RingProbe = (point: 'push:owned' | 'push:claimed' | 'pop:owned' | 'pop:claimed') => void

export interface StampedRingHandle {
  /** Who this thread is in the slots' owner words: a positive integer, unique among living threads. */
  readonly owner?: number
  /** Called between the steps of the protocol; for tests only. */
  readonly probe?: RingProbe
}

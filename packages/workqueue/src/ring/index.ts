export { RingClosedError, RingStalledError } from './errors.js'
export { EventCount } from './event-count.js'
export { SpscRing } from './spsc-ring.js'
export {
  type RingProbe,
  StampedRing,
  type StampedRingHandle,
  type StampedRingOptions,
} from './stamped-ring.js'

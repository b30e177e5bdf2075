import { workerData } from 'node:worker_threads'
import { EventFd } from '@rearm/epoll-native'

/** What the worker needs to ring. */
export interface BellRope {
  /** The eventfd's number. */
  readonly fd: number
  /** One word: 1 ends the worker. */
  readonly stop: Int32Array
  /** Milliseconds between the rings. */
  readonly interval: number
}

const { fd, stop, interval }: BellRope = workerData

// Blocked all the time: it could post no message that anybody would get before it ends.
while (Atomics.wait(stop, 0, 0, interval) === 'timed-out') EventFd.write(fd)

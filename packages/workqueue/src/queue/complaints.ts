import { JobAbortedError, QueueClosedError, QueueFullError } from '../errors.js'
import { queueMicrotask } from '../microtask.js'

/** Where failures go that no promise tells of. `build` makes the error; what it throws itself is told instead. */
export class Complaints {
  /** @param onError the queue's option. */
  constructor(private readonly onError: ((error: unknown) => void) | undefined) {}

  /** A failure: to `onError`, or else an unhandled rejection. */
  file(build: () => unknown): void {
    this.#tell(build, () => true)
  }

  /** The end of a job that its owner may have ordered: nobody has to hear of that, least of all the process. */
  fileEnd(build: () => unknown): void {
    this.#tell(build, (error) => !isOrdered(error))
  }

  /** Later: who caused it is in the middle of something, and both functions run code that is not ours. */
  #tell(build: () => unknown, mustBeHeard: (error: unknown) => boolean): void {
    const { onError } = this
    queueMicrotask(() => {
      const error = made(build)
      if (onError !== undefined) onError(error)
      else if (mustBeHeard(error)) void Promise.reject(error)
    })
  }
}

function made(build: () => unknown): unknown {
  try {
    return build()
  } catch (error) {
    return error
  }
}

/** An abort by the job's own signal, a close, a policy that displaces: whoever set that up has asked for it. */
function isOrdered(error: unknown): boolean {
  return (
    error instanceof JobAbortedError ||
    error instanceof QueueClosedError ||
    error instanceof QueueFullError
  )
}

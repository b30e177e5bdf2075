import { channel } from 'node:diagnostics_channel'

/** Publishes `{ id, kind, event }` when a promise of the queue is made and when it is settled. */
const promises = channel('rearm:workqueue:promise')
let made = 0

const never = () => {}

/**
 * Throws what `build` returns, and is called by V8 itself: below it on the stack are the functions that await the
 * promise, and nothing of this package.
 */
export function throwBuilt(build: () => unknown): never {
  throw build()
}

/** A promise of the queue and the power to settle it. */
export class Settlement<T> {
  readonly promise: Promise<T>
  #resolve: (value: T | PromiseLike<T>) => void = never
  #id = 0

  constructor(private readonly kind: string) {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve
    })
    if (promises.hasSubscribers) {
      this.#id = ++made
      promises.publish({ id: this.#id, kind, event: 'made' })
    }
  }

  resolve(value: T): void {
    this.#announce()
    this.#resolve(value)
  }

  /**
   * Rejects with what `build` returns. It is called a few microtasks later, in a reaction that the promise depends
   * on: V8 then finds the functions that await the promise and puts them on the new error's stack, for nothing.
   */
  reject(build: () => unknown): void {
    this.#announce()
    const reaction = Promise.resolve().then(never).then(never)
    this.#resolve(reaction.then(throwBuilt.bind(undefined, build)))
  }

  #announce(): void {
    if (promises.hasSubscribers && this.#id !== 0) {
      promises.publish({ id: this.#id, kind: this.kind, event: 'settled' })
    }
  }
}

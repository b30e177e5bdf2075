import type { Bell } from './bell.js'
import type { Attachment, Poller } from './poller.js'

/** A reactor's place on its thread's event loop, if it has one: polled by hand, it has none. */
export class EventLoop {
  readonly #poller: Poller
  readonly #bell: Bell
  #attachment: Attachment | undefined
  #referenced = true
  #turnDue = false

  constructor(poller: Poller, bell: Bell) {
    this.#poller = poller
    this.#bell = bell
  }

  get attached(): boolean {
    return this.#attachment !== undefined
  }

  attach(onBatch: (count: number) => boolean): void {
    this.#attachment = this.#poller.attach(onBatch)
  }

  /** Whether the reactor may keep the loop alive. */
  set referenced(referenced: boolean) {
    this.#referenced = referenced
  }

  /** Keeps the loop alive, if the reactor may, while `count` is not 0. */
  keepAlive(count: number): void {
    if (this.#referenced && count > 0) this.#attachment?.ref()
    else this.#attachment?.unref()
  }

  /** Sees to it that a batch comes soon, though the kernel may bring none: `turn` is called, or the bell brings one. */
  hurry(turn: () => void): void {
    if (this.#attachment === undefined || this.#turnDue) return
    if (!this.#referenced) {
      // An immediate would keep the process alive, and one that is unref'd may wait for ever.
      this.#bell.ring()
      return
    }
    this.#turnDue = true
    setImmediate(() => {
      this.#turnDue = false
      turn()
    })
  }

  leave(): void {
    this.#attachment?.close()
  }
}

import { native } from './availability.js'
import { Errno } from './errno.js'
import { check } from './system-error.js'

/**
 * A descriptor that an object owns: closed once, by `close()` or at the end of a `using` block, never by
 * the garbage collector (a descriptor closed at a random moment is somebody else's number a moment later).
 */
export abstract class OwnedDescriptor {
  #fd: number

  protected constructor(fd: number) {
    this.#fd = fd
  }

  /** The descriptor's number; -1 once closed or released, so that a late call gets `EBADF` and hits nobody. */
  get fd(): number {
    return this.#fd
  }

  get closed(): boolean {
    return this.#fd === -1
  }

  /**
   * close(2). A second call does nothing. Deregister the descriptor from every epoll first: while a
   * duplicate lives, closing does not.
   *
   * @throws {SystemError} `EBADF` when someone closed the number behind the object's back.
   */
  close(): void {
    if (this.#fd === -1) return
    const result = native.close(this.release())
    // Linux frees the number before it can be interrupted: to try again would close a stranger's.
    if (result !== -Errno.EINTR) check(result, 'close')
  }

  /** Gives up ownership: the caller closes the returned descriptor. The object counts as closed. */
  release(): number {
    const fd = this.#fd
    this.#fd = -1
    return fd
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

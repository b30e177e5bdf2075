import { types } from 'node:util'
import { native } from './availability.js'
import { quiet } from './descriptor-flags.js'
import { Errno } from './errno.js'
import { type InotifyEvent, parseInotifyEvents } from './inotify-events.js'
import { OwnedDescriptor } from './owned-descriptor.js'
import { check } from './system-error.js'

const encoder = new TextEncoder()

/** inotify_init1(2). Returns the descriptor or `-errno`. */
export const inotifyInit1: (flags: number) => number = native.inotifyInit1

/**
 * inotify_add_watch(2). Returns the watch (the same one for a file that is watched already) or `-errno`.
 *
 * @throws {RangeError} for a path with a NUL character
 */
export function inotifyAddWatch(fd: number, path: string | Uint8Array, mask: number): number {
  if (typeof path !== 'string' && !types.isUint8Array(path)) {
    throw new TypeError('inotifyAddWatch: the "path" argument must be a string or a Uint8Array')
  }
  return native.inotifyAddWatch(fd, typeof path === 'string' ? encoder.encode(path) : path, mask)
}

/** inotify_rm_watch(2). Returns 0 or `-errno`. */
export const inotifyRmWatch: (fd: number, watch: number) => number = native.inotifyRmWatch

/** Watches files and directories (inotify(7)); an epoll can wait on it. */
export class Inotify extends OwnedDescriptor {
  // The smallest that the kernel takes is one event with the longest name; this holds some hundreds.
  readonly #buffer = new Uint8Array(16384)

  /** inotify_init1(2), CLOEXEC and NONBLOCK. @throws {SystemError} `EMFILE`, `ENFILE`, `ENOMEM` */
  constructor() {
    super(check(native.inotifyInit1(quiet), 'inotify_init1'))
  }

  /**
   * Watches a file or directory for `mask` (bits of `InotifyFlag`) and returns the watch's number.
   *
   * @throws {SystemError} `ENOENT`, `EACCES`, `ENOSPC` (/proc/sys/fs/inotify/max_user_watches), `ENOTDIR`
   */
  add(path: string | Uint8Array, mask: number): number {
    return check(inotifyAddWatch(this.fd, path, mask), 'inotify_add_watch')
  }

  /** Ends a watch; an `IGNORED` event follows. @throws {SystemError} `EINVAL`: no such watch */
  remove(watch: number): void {
    check(native.inotifyRmWatch(this.fd, watch), 'inotify_rm_watch')
  }

  /** Takes events, up to some hundreds a call; none when nothing has happened. @throws {SystemError} `EBADF` */
  read(): InotifyEvent[] {
    const length = native.read(this.fd, this.#buffer)
    if (length === -Errno.EAGAIN) return []
    return parseInotifyEvents(this.#buffer, check(length, 'read'))
  }
}

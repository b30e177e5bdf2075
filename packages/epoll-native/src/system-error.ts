import { errnoName } from './errno.js'
import { errnoDescriptions } from './errno-descriptions.js'

/**
 * A failed system call, shaped as Node's own errors are: `code` (`'EBADF'`), `errno` (negative: `-9`),
 * `syscall` (`'epoll_ctl'`).
 */
export class SystemError extends Error {
  readonly code: string
  readonly errno: number
  readonly syscall: string

  /** `errno` may be given negated (as a call returns it) or not. `advice` is added to the message. */
  constructor(errno: number, syscall: string, advice?: string) {
    const name = errnoName(errno)
    const code = name ?? `UNKNOWN_${Math.abs(errno)}`
    const description = name === undefined ? 'unknown error' : errnoDescriptions[name]
    super(`${code}: ${description}, ${syscall}${advice === undefined ? '' : ` (${advice})`}`)
    this.name = 'SystemError'
    this.code = code
    this.errno = -Math.abs(errno)
    this.syscall = syscall
  }
}

/** Returns a call's result; throws a `SystemError` when it is a negated error number. */
export function check(
  result: number,
  syscall: string,
  advice?: Readonly<Record<string, string>>,
): number {
  if (result >= 0) return result
  throw new SystemError(result, syscall, advice?.[errnoName(result) ?? ''])
}

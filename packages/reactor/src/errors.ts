/** The errors of this package, by `code`. A system call that fails otherwise throws `SystemError`. */
export type ReactorErrorCode =
  | 'ERR_REACTOR_ALREADY_REGISTERED'
  | 'ERR_REACTOR_CLOSED'
  | 'ERR_REACTOR_FULL'
  | 'ERR_REACTOR_INVALID_REGISTRATION'
  | 'ERR_REACTOR_LOAN'
  | 'ERR_REACTOR_NOT_POLLABLE'
  | 'ERR_REACTOR_REENTRANT_POLL'
  | 'ERR_REACTOR_REGISTRATION_ENDED'
  | 'ERR_REACTOR_STALE_TICKET'
  | 'ERR_REACTOR_WAKER_CLOSED'

/** What all errors of this package have in common. Whatever throws one has changed nothing. */
export class ReactorError extends Error {
  readonly code: ReactorErrorCode

  constructor(code: ReactorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** The descriptor is on this reactor's list already. */
export class AlreadyRegisteredError extends ReactorError {
  readonly fd: number

  constructor(fd: number) {
    super(
      'ERR_REACTOR_ALREADY_REGISTERED',
      `descriptor ${fd} is registered already: modify or deregister that registration`,
    )
    this.fd = fd
  }
}

/** The reactor is closed. */
export class ReactorClosedError extends ReactorError {
  constructor() {
    super('ERR_REACTOR_CLOSED', 'the reactor is closed')
  }
}

/** Every slot is taken. */
export class ReactorFullError extends ReactorError {
  constructor(capacity: number) {
    super(
      'ERR_REACTOR_FULL',
      `all ${capacity} slots are taken: deregister something, or give the reactor a greater capacity`,
    )
  }
}

/** The arguments describe no registration that could work; the message names the rule. */
export class InvalidRegistrationError extends ReactorError {
  constructor(rule: string) {
    super('ERR_REACTOR_INVALID_REGISTRATION', rule)
  }
}

/** epoll answers EPERM for regular files and directories: they are always ready, and cannot be waited for. */
export class NotPollableError extends ReactorError {
  readonly fd: number

  constructor(fd: number) {
    super(
      'ERR_REACTOR_NOT_POLLABLE',
      `descriptor ${fd} is a regular file or directory, which is always ready: read it without waiting, ` +
        "or register it with { notPollable: 'always-ready' }",
    )
    this.fd = fd
  }
}

/** A handler or an `onEnd` called `poll`. */
export class ReentrantPollError extends ReactorError {
  constructor() {
    super(
      'ERR_REACTOR_REENTRANT_POLL',
      'poll was called by a handler or an onEnd of the same reactor: return first, or wait on another reactor',
    )
  }
}

/** The registration was deregistered or closed. */
export class RegistrationEndedError extends ReactorError {
  constructor() {
    super('ERR_REACTOR_REGISTRATION_ENDED', 'the registration has ended')
  }
}

/** What was asked for does not go with the state that the loan or the registration is in. */
export class LoanError extends ReactorError {
  constructor(rule: string) {
    super('ERR_REACTOR_LOAN', rule)
  }
}

/** The ticket is used up, or names a loan that the reactor has taken back, or is another reactor's. */
export class StaleTicketError extends ReactorError {
  constructor() {
    super(
      'ERR_REACTOR_STALE_TICKET',
      'the ticket names no loan that waits to be borrowed: it was borrowed before, or the reactor closed it',
    )
  }
}

/** The waker is closed: there is nobody to wake. */
export class WakerClosedError extends ReactorError {
  constructor() {
    super('ERR_REACTOR_WAKER_CLOSED', 'the waker is closed')
  }
}

export type { Audit } from './audit.js'
export type { BatchMessage, RebuildMessage } from './diagnostics.js'
export {
  AlreadyRegisteredError,
  InvalidRegistrationError,
  LoanError,
  NotPollableError,
  ReactorClosedError,
  ReactorError,
  type ReactorErrorCode,
  ReactorFullError,
  ReentrantPollError,
  RegistrationEndedError,
  StaleTicketError,
  WakerClosedError,
} from './errors.js'
export { Interest, Readiness } from './interest.js'
export type { NotPollable } from './interest-list.js'
export type { SharedReactor } from './loan/slot-table.js'
export type { Ticket } from './loan/ticket.js'
export type { Mode } from './mode.js'
export type { ReactorOptions, RegisterOptions } from './options.js'
export type { Attachment, KernelEntry, Poller } from './poller.js'
export { Reactor } from './reactor.js'
export type { Handler, Registration } from './registration.js'
export type { ReactorStats } from './stats.js'
export { RemoteWaker, type SharedWaker, type Waker } from './waker.js'

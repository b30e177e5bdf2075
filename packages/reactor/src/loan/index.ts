export {
  InvalidRegistrationError,
  LoanError,
  ReactorClosedError,
  ReactorError,
  type ReactorErrorCode,
  StaleTicketError,
} from '../errors.js'
export { Interest, Readiness } from '../interest.js'
export type { Loan } from './loan.js'
export { LoanDesk } from './loan-desk.js'
export type { SharedReactor } from './slot-table.js'
export type { Ticket } from './ticket.js'

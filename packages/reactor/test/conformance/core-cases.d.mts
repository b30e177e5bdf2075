import type { Interest, Reactor, ReactorOptions, Readiness } from '../../src/index.js'
import type { LoanDesk } from '../../src/loan/index.js'

/** What the cases are run with: the sources in the test's own thread, the build in a worker. */
export interface CoreApi {
  readonly Reactor: typeof Reactor
  readonly Interest: typeof Interest
  readonly Readiness: typeof Readiness
  readonly LoanDesk: typeof LoanDesk
}

/** Named after the rule that it holds, its id first. Each ends with an empty audit and closes what it opened. */
export declare const coreCases: Readonly<
  Record<string, (api: CoreApi, options: ReactorOptions) => Promise<void>>
>

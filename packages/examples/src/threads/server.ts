import type { ServerState } from './state.js'

/** The server in one of its modes. */
export interface Server {
  /** Where it listens: `127.0.0.1:7007`. */
  readonly where: string
  /** @param withAudit whether to compare the lists with the kernel's, too */
  state(withAudit: boolean): Promise<ServerState>
  /** Stops accepting, answers what was received, and resolves when every connection is closed. */
  stop(): Promise<void>
}

import { LendingServer } from './lend/server.js'
import type { ThreadsOptions } from './options.js'
import { ReactorsServer } from './reactors/server.js'
import type { Server } from './server.js'

/** Starts the server in its mode; it is ready when this resolves. @throws {SystemError} when it cannot listen there */
export async function startServer(options: ThreadsOptions): Promise<Server> {
  return options.mode === 'lend' ? LendingServer.start(options) : ReactorsServer.start(options)
}

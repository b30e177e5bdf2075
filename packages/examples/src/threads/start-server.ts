import { expectNobodyListens } from '../program/listener.js'
import { LendingServer } from './lend/server.js'
import type { ThreadsOptions } from './options.js'
import { ReactorsServer } from './reactors/server.js'
import type { Server } from './server.js'

/** Starts the server in its mode; it is ready when this resolves. @throws {SystemError} when it cannot listen there */
export async function startServer(options: ThreadsOptions): Promise<Server> {
  const { mode, host, port } = options
  if (mode === 'lend') return LendingServer.start(options)
  if (mode === 'reuseport') expectNobodyListens(host, port)
  return ReactorsServer.start(options)
}

// Runs the load generator as its user does, for the tests.
import { spawnSync } from 'node:child_process'
import { compileC } from '../lib/compile.mjs'
import { startServer } from '../lib/server.mjs'

/** Short runs with 8 connections; the patience is for a busy machine. */
export const quick = [
  '--connections',
  '8',
  '--warmup',
  '0.1',
  '--seconds',
  '0.5',
  '--timeout',
  '60',
]

/** Runs `tcp-load` with these options to its end. */
export function load(...options) {
  const { status, stdout, stderr } = spawnSync(compileC('load/tcp-load.c'), options, {
    encoding: 'utf8',
    timeout: 180_000,
  })
  return { status, stdout, stderr }
}

/** What it says when the machine was too busy for anything. */
export const nothingMeasured = /no request was answered while measuring/

/** The same against a server that is started for it. */
export async function loadWith(command, ...options) {
  const server = await startServer(command)
  try {
    return load('--port', String(server.port), '--pid', String(server.pid), ...quick, ...options)
  } finally {
    await server.stop()
  }
}

/** The same against a server without a fault: longer each time that a busy machine has no turn for it while measuring. */
export async function measureWith(command, ...options) {
  for (let seconds = 0.5; ; seconds *= 2) {
    const result = await loadWith(command, ...options, '--seconds', String(seconds))
    if (seconds > 30 || !nothingMeasured.test(result.stderr)) return result
  }
}

// Starts a program, waits for its line "listening on HOST:PORT", and stops it again whatever happens.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pinned, SERVER_CORE } from './pin.mjs'

const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const LISTENING = /^listening on (?:\S+:)?(\d+)$/m

/**
 * @typedef {object} Server
 * @property {number} pid
 * @property {number} port
 * @property {() => Promise<void>} stop asks it to end, and insists after two seconds
 */

/**
 * @param {string[]} command program and arguments; the program is the process that is measured
 * @param {{ core?: number, timeoutMs?: number }} [options]
 * @returns {Promise<Server>}
 */
export async function startServer(command, { core = SERVER_CORE, timeoutMs = 60_000 } = {}) {
  // taskset replaces itself by the program, so that the child's pid is the server's.
  const [program, ...args] = pinned(core, command)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  const ended = once(child, 'exit').finally(() => running.delete(child))

  let output = ''
  child.stdout.setEncoding('utf8')
  const port = await new Promise((resolve, reject) => {
    const name = command.join(' ')
    const timer = setTimeout(
      () => reject(new Error(`${name} did not say "listening on"`)),
      timeoutMs,
    )
    timer.unref()
    child.stdout.on('data', (text) => {
      output += text
      const found = LISTENING.exec(output)
      if (found) resolve(Number(found[1]))
    })
    child.once('error', reject)
    child.once('exit', (status, signal) =>
      reject(new Error(`${name} ended (${signal ?? status}) before it listened`)),
    )
  }).catch((error) => {
    child.kill('SIGKILL')
    throw error
  })

  return {
    pid: child.pid,
    port,
    async stop() {
      child.kill('SIGTERM')
      const insist = setTimeout(() => child.kill('SIGKILL'), 2000)
      await ended
      clearTimeout(insist)
    },
  }
}

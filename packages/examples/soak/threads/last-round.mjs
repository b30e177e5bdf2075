import { setTimeout as sleep } from 'node:timers/promises'
import { Dialogue } from './dialogue.mjs'
import { Random } from './random.mjs'
import { Run } from './run.mjs'

/**
 * Requests are sent, and then SIGTERM: what was received must be answered and every stream ended, with exit status 0.
 * @param {import('./server-process.mjs').ServerProcess} server
 */
export async function runLastRound(server, { connections, seed, ...plan }) {
  const run = new Run({ server, seed, ...plan })
  const dialogues = Array.from(
    { length: connections },
    (_, index) => new Dialogue(run, 'last', `last-${index}.1`, new Random(seed, 99, index)),
  )
  await Promise.all(dialogues.map((dialogue) => dialogue.connect()))
  // Accepted, and not only in the listener's backlog: one answer each.
  await Promise.all(
    dialogues.map((dialogue) => {
      dialogue.ask(dialogue.request())
      return dialogue.settle()
    }),
  )
  await Promise.all(dialogues.map((dialogue, index) => sendMany(dialogue, 1 + (index % 10))))
  const patience = performance.now() + run.patience
  while (!server.hasReceivedAll()) {
    if (performance.now() < patience) await sleep(10)
    else {
      run.fault(`the server has not received all after ${run.patience} ms`)
      break
    }
  }
  const ends = dialogues.map((dialogue) => dialogue.awaitServersEnd())
  const status = await server.terminate()
  await Promise.all(ends)
  if (status !== 0) run.fault(`SIGTERM: the server ended with ${status}, not with status 0`)
  return { run, status }
}

/** Resolves when the kernel has them. */
function sendMany(dialogue, count) {
  const requests = Array.from({ length: count }, () => dialogue.request())
  for (const request of requests) dialogue.expect(request)
  const lines = requests.map(({ line }) => line).join('')
  return new Promise((resolve) => dialogue.socket.write(lines, 'latin1', resolve))
}

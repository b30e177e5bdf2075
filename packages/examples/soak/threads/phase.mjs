import { setTimeout as sleep } from 'node:timers/promises'
import { runClients } from './clients/index.mjs'
import { crashWorker } from './crash-worker.mjs'
import { Run } from './run.mjs'
import { Schedule } from './schedule.mjs'

/** When something is wrong already, clients that wait in vain are not waited for (ms). */
const patienceAfterFault = 2000

/**
 * Lets clients of all kinds loose for some seconds, crashes a worker every now and then, and sees all of them off.
 * @param {{ server: import('./server-process.mjs').ServerProcess, questioner: import('./questioner.mjs').Questioner }} at
 * @param {{ seconds: number, connections: number, seed: number, threads: number, crashEvery: number, patience: number }} plan
 */
export async function runPhase(
  { server, questioner },
  { seconds, connections, crashEvery, ...plan },
) {
  const run = new Run({ server, ...plan })
  const before = await questioner.ask()
  const crashes = () => run.crashes.length + before.workerCrashes
  const clients = runClients(run, connections)
  let mostMemory = 0
  const schedule = new Schedule(seconds * 1000, crashEvery * 1000)
  const patience = performance.now() + seconds * 1000 + plan.patience
  // A slow machine gets the time that it takes until all have been there at once, and for every crash.
  const isOver = (now) => (run.mostServed < connections ? now > patience : schedule.isOver(now))
  while (run.faults.length === 0 && !isOver(performance.now())) {
    await sleep(100)
    if (run.mostServed >= connections && schedule.isCrashDue(performance.now())) {
      await crashWorker(run, questioner)
      schedule.crashed(performance.now())
    }
    mostMemory = Math.max(mostMemory, server.memory())
    const { workerCrashes, connections: served } = await questioner.ask()
    // One is the questioner's.
    run.served.push(served - 1)
    if (workerCrashes > crashes())
      run.fault(`${workerCrashes} workers ended, ${crashes()} by CRASH`)
  }
  if (run.faultCount === 0 && run.mostServed < connections) {
    run.fault(`the server never had ${connections} connections at once, only ${run.mostServed}`)
  }
  run.isOver = true
  await (run.faultCount === 0 ? clients : Promise.race([clients, sleep(patienceAfterFault)]))
  run.judgeCrashes()
  if (run.faultCount > 0) return { run, mostMemory, state: await questioner.ask() }
  const after = await atRest(questioner, crashes(), plan.patience)
  if (after.connections !== 1) {
    run.fault(`${after.connections - 1} connections are open although every client has left`)
  }
  if (after.workerCrashes !== crashes()) {
    run.fault(`${after.workerCrashes} workers ended, but ${crashes()} got a CRASH`)
  }
  if (after.audit !== 0) run.fault(`the audit found ${after.audit} differences, not 0`)
  return { run, mostMemory, state: after }
}

/**
 * The server's state when only the questioner is left, or the last one seen. On a connection of its own each time: while a
 * thread is missing none is accepted, and the server has other descriptors open than at rest.
 */
async function atRest(questioner, crashes, patience) {
  const end = performance.now() + patience
  for (;;) {
    questioner.close()
    const state = await questioner.ask()
    const rests = state.connections === 1 && state.audit === 0 && state.workerCrashes === crashes
    if (rests || performance.now() > end) return state
    await sleep(200)
  }
}

// What the two hostile programs share: many rounds of calls, with turns of the event loop and new descriptors
// between them, and a summary on standard output.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Random } from './random.mjs'
import { openDescriptors } from './sandbox.mjs'
import { World } from './world.mjs'

const callsPerRound = 250

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** When nothing more can be expected of the collector (ms). */
const patience = 30_000

/** Lets the loop turn, and the collector work, until `condition` holds; gives up when it never will. */
async function until(condition) {
  const deadline = performance.now() + patience
  while (!condition() && performance.now() < deadline) {
    globalThis.gc?.()
    await turn()
  }
}

export async function runProgram({ native, unknown, missing, allowed, makeObjects }, step) {
  const [seed, calls] = process.argv.slice(2).map(Number)
  Error.stackTraceLimit = 4
  const directory = mkdtempSync(join(tmpdir(), 'rearm-hostile-'))
  process.chdir(directory)
  writeFileSync('readable', 'x'.repeat(10_000))
  // Something to have a pidfd of: it ends when its input does.
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })
  const childEnded = new Promise((resolve) => child.on('exit', resolve))
  const before = openDescriptors()

  const random = new Random(seed)
  const objects = makeObjects?.(random)
  const world = new World({ native, random, child: child.pid, allowed, objects })
  // What was handed over as a watcher's handler throws in a batch of its own, after the call.
  process.on('uncaughtException', (error, origin) => {
    if (origin === 'uncaughtException' && world.mayThrow(error)) return
    process._rawDebug(error)
    process.exit(1)
  })
  let within = 0
  world.act = () => {
    // A few of the calls are made from within a batch.
    if (within > 0) return
    within++
    step(world)
    within--
  }
  while (world.total < calls) {
    world.renew()
    for (let call = 0; call < callsPerRound; call++) step(world)
    world.memory.shift()
    await turn()
    if (world.random.chance(0.1)) globalThis.gc?.()
  }
  world.dispose()
  // What is closed here goes when its turn comes: watchers, and the objects that the collector finds.
  await until(() => openDescriptors().length <= before.length)
  const after = openDescriptors()
  child.stdin.end()
  await childEnded
  process.chdir('/')
  rmSync(directory, { recursive: true })
  process.stdout.write(
    `${JSON.stringify({ seed, total: world.total, counts: world.counts, unknown, missing, before, after })}\n`,
  )
}

// Uses one binary as hard as it can be used without the rest of the package, in whatever runtime runs
// this: load-test.mjs BINARY [uv|thread]... prints one line of JSON and exits with 0 when all is well.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import process from 'node:process'
import { Worker } from 'node:worker_threads'
import { checkCalls } from './calls.mjs'
import { runtimeName } from './runtime.mjs'
import { checkWatcher } from './watching.mjs'

// Every way in which a thread that uses the addon can end; see worker.mjs.
const ENDINGS = ['closed', 'abandoned', 'exit', 'terminate', 'throw']
const ROUNDS = 2
// Deno leaves an epoll and an eventfd of its own behind for each worker that loads an addon, even an empty one.
const LEAKED_BY_RUNTIME = process.versions.deno ? 2 : 0
// Deno may lose what was thrown when a worker dies of it, though not that it was.
const THROWN = process.versions.deno ? /thrown on purpose|null/ : /thrown on purpose/

const [binary, ...names] = process.argv.slice(2)
const engines = names.length > 0 ? names : ['uv', 'thread']
const native = createRequire(import.meta.url)(binary)

/** Runs one worker to its end and closes the descriptors that it left behind. */
function runWorker(ending, engine) {
  return new Promise((resolve, reject) => {
    const left = new Int32Array(new SharedArrayBuffer(8))
    const worker = new Worker(new URL('worker.mjs', import.meta.url), {
      workerData: { binary, ending, engine, left },
    })
    let failure
    let thrown = false
    const end = (error) => {
      clearTimeout(late)
      if (error) reject(new Error(`${ending}, ${engine}: ${error.message}`, { cause: error }))
      else resolve()
    }
    const late = setTimeout(() => end(new Error('the worker did not end')), 300_000)
    worker.on('message', () => worker.terminate())
    worker.on('error', (error) => {
      if (ending === 'throw' && THROWN.test(String(error?.message))) thrown = true
      else failure = error
    })
    worker.on('exit', () => {
      if (left[0] === 0) failure ??= new Error('the worker ended before its time')
      if (thrown !== (ending === 'throw')) failure ??= new Error('the exception was lost')
      if (failure) return end(failure)
      for (const fd of left) native.close(fd)
      end()
    })
  })
}

const openDescriptors = () => readdirSync('/proc/self/fd').length

checkCalls(native)
let workers = 0
for (const engine of engines) {
  await checkWatcher(native, engine)
  // The first workers may make the runtime open descriptors of its own, for good.
  await Promise.all(ENDINGS.map((ending) => runWorker(ending, engine)))
  const before = openDescriptors()
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(ENDINGS.map((ending) => runWorker(ending, engine)))
  }
  workers += ENDINGS.length * (ROUNDS + 1)
  const after = openDescriptors()
  // A leak of ours would be of one descriptor for each worker at the least.
  const counted = ENDINGS.length * ROUNDS
  assert.ok(
    after < before + LEAKED_BY_RUNTIME * counted + counted / 2,
    `descriptors leak: ${before} before the workers, ${after} after`,
  )
}

console.log(
  JSON.stringify({
    runtime: runtimeName(),
    arch: process.arch,
    libc: /ld-musl|-musl\//.test(readFileSync('/proc/self/maps', 'utf8')) ? 'musl' : 'glibc',
    engines,
    workers,
  }),
)

// One pool under more than ten times the load that it can bear; prints one line of JSON. Every job has a number, and the
// job module itself says in shared memory which ones ran.
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { open } from './overload-pools.mjs'

const [name, seconds] = process.argv.slice(2)
const CAPACITY = 100
/** So many times what the thread can do is offered: more than ten, for what can be done is known from earlier jobs. */
const FACTOR = 11
const WARM_MS = 1000

const pool = await open[name](CAPACITY)

/** Jobs per millisecond of the thread when it always has one to do. */
async function calibrate() {
  const memory = new SharedArrayBuffer(8)
  await pool.run('open', memory)
  const client = async () => {
    while (performance.now() < end) await pool.run('mark', { id: 1, text: '' })
  }
  let rate = 0
  let end
  // The second half counts: everything is compiled then.
  for (let half = 0; half < 2; half++) {
    const start = performance.now()
    const before = new Int32Array(memory)[0]
    end = start + WARM_MS / 2
    await Promise.all(Array.from({ length: 10 }, client))
    rate = (new Int32Array(memory)[0] - before) / (performance.now() - start)
  }
  return rate
}

const ms = seconds * 1000
let perMs = await calibrate()
// The books are made before the first job, every page of them touched: what grows from then on is the pool's.
const MOST_JOBS = Math.ceil(2 * FACTOR * perMs * ms)
const memory = new SharedArrayBuffer(4 * (MOST_JOBS + 1))
const runs = new Int32Array(memory)
const OFFERED = 0
const ACCEPTED = 1
const REFUSED = 2
const fates = new Uint8Array(MOST_JOBS + 1)
const latencies = new Float64Array(MOST_JOBS)
for (const book of [runs, fates, latencies]) book.fill(1).fill(0)
await pool.run('open', memory)

const text = 'x'.repeat(1000)
let offered = 0
let answered = 0
let unanswered = 0
let waitedFor = 0
let wrong = 0
let mostWaiting = 0
const input = () => {
  const id = ++offered
  return { id, text: `${text}${id}` }
}

/** A job whose promise says what became of it: a result, or that it was refused, by an error that names the job. */
async function follow(one, run) {
  const pushed = performance.now()
  unanswered++
  try {
    const result = await run(one)
    fates[one.id] = ACCEPTED
    if (result !== one.id) wrong++
    latencies[answered++] = performance.now() - pushed
  } catch (error) {
    fates[one.id] = REFUSED
    if (pool.queue !== undefined && (error.code !== 'ERR_QUEUE_FULL' || error.job.input !== one))
      wrong++
  }
  unanswered--
}

/** Ours has two ways to be refused, by `tryPush` and by `onFull: 'reject'`: every other job takes the other one. */
function offer() {
  const one = input()
  if (pool.queue !== undefined && one.id % 2 === 0) {
    fates[one.id] = pool.queue.tryPush('mark', one) ? ACCEPTED : REFUSED
  } else void follow(one, (value) => pool.run('mark', value))
}

/** Beside the flood somebody patient, who waits for a place each time: only ours can be waited for. */
async function patient() {
  while (performance.now() < end) {
    const permit = await pool.queue.reserve()
    waitedFor++
    await follow(input(), (value) => permit.run('mark', value))
  }
}

const start = performance.now()
const end = start + ms
const rss = []
const patience = pool.queue === undefined ? undefined : patient()
let due = 0
for (let last = start; last < end; ) {
  const now = performance.now()
  // Should the thread be faster than it was at the beginning, so is the producer.
  if (now - start > WARM_MS) perMs = Math.max(perMs, runs[0] / (now - start))
  due = Math.min(due + FACTOR * perMs * (now - last), MOST_JOBS - 1000)
  last = now
  while (offered < due) offer()
  mostWaiting = Math.max(mostWaiting, pool.queue?.stats().waiting ?? 0)
  if (rss.length < Math.floor((10 * (now - start)) / ms)) rss.push(process.memoryUsage.rss())
  await sleep(1)
}
if (rss.length < 10) rss.push(process.memoryUsage.rss())
const ran = Atomics.load(runs, 0)
const took = performance.now() - start
// Ours answers what it has accepted within its bound; the others are not waited for: their backlog is minutes long.
await patience
await pool.queue?.close()
await turn()

let ranOnce = 0
let ranTwice = 0
let refused = 0
let refusedRan = 0
let lost = 0
for (let id = 1; id <= offered; id++) {
  if (runs[id] === 1) ranOnce++
  if (runs[id] > 1) ranTwice++
  if (fates[id] === REFUSED) refused++
  if (fates[id] === REFUSED && runs[id] > 0) refusedRan++
  if (fates[id] === ACCEPTED && runs[id] === 0) lost++
  if (fates[id] === OFFERED && pool.queue !== undefined) wrong++
}
const sorted = latencies.subarray(0, answered).sort()
process.stdout.write(
  JSON.stringify({
    offered,
    accepted: offered - refused,
    refused,
    waitedFor,
    ran,
    service: took / ran,
    unanswered,
    rss,
    p50: sorted[sorted.length >> 1] ?? 0,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    capacity: CAPACITY,
    mostWaiting,
    ranOnce,
    ranTwice,
    refusedRan,
    lost,
    wrong,
  }),
  () => process.exit(),
)

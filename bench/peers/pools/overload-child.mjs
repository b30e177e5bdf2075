// One pool under ten times the load it can bear; prints one line of JSON.
import { fileURLToPath } from 'node:url'

const [name, seconds] = process.argv.slice(2)
const CAPACITY = 100
const PER_MS = 10
const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const threads = 1

const open = {
  '@rearm/workqueue': async () => {
    const { WorkQueue } = await import('@rearm/workqueue')
    const queue = new WorkQueue(file('./overload-workqueue.mjs'), {
      threads,
      capacity: CAPACITY,
      onFull: 'wait',
    })
    return { queue, run: (input) => queue.run('mark', input), close: () => queue.close() }
  },
  'piscina, default': async () => {
    const { Piscina } = await import('piscina')
    const pool = new Piscina({ filename: file('./overload-named.mjs'), maxThreads: threads })
    return { run: (input) => pool.run(input, { name: 'mark' }) }
  },
  tinypool: async () => {
    const { Tinypool } = await import('tinypool')
    const pool = new Tinypool({ filename: file('./overload-named.mjs'), maxThreads: threads })
    return { run: (input) => pool.run(input, { name: 'mark' }) }
  },
  workerpool: async () => {
    const { default: wp } = await import('workerpool')
    const pool = wp.pool(file('./overload-workerpool.mjs'), {
      maxWorkers: threads,
      workerType: 'thread',
    })
    return { run: (input) => pool.exec('mark', [input]) }
  },
  poolifier: async () => {
    const { FixedThreadPool } = await import('poolifier')
    const pool = new FixedThreadPool(threads, file('./overload-poolifier.mjs'))
    return { run: (input) => pool.execute(input, 'mark') }
  },
}

const pool = await open[name]()
// The books are made before the first job, every page of them touched: what grows from then on is the pool's.
const MOST_JOBS = Math.ceil(2 * PER_MS * 1000 * seconds)
const marks = new SharedArrayBuffer(4 * MOST_JOBS)
const isAccepted = new Uint8Array(MOST_JOBS)
const latencies = new Float64Array(MOST_JOBS)
for (const book of [new Int32Array(marks), isAccepted, latencies]) book.fill(1).fill(0)
const text = 'x'.repeat(1000)
let accepted = 0
let offered = 0
let refused = 0
let blocked = 0
let answered = 0
let mostWaiting = 0
const input = () => ({ id: offered++, marks, text: `${text}${offered}` })
const start = performance.now()
const end = start + seconds * 1000
const rss = []

function submit(one, run) {
  const pushed = performance.now()
  isAccepted[one.id] = 1
  accepted++
  Promise.resolve(run(one)).then(() => {
    latencies[answered++] = performance.now() - pushed
  })
}

while (performance.now() < end) {
  for (let i = 0; i < PER_MS; i++) {
    const one = input()
    const permit = pool.queue?.tryReserve()
    if (permit !== undefined) submit(one, (value) => permit.run('mark', value))
    else if (pool.queue !== undefined) refused++
    else submit(one, pool.run)
  }
  if (pool.queue !== undefined && blocked * 100 < offered) {
    // Now and then the producer does what a patient one would: it waits for its place.
    blocked++
    const permit = await pool.queue.reserve()
    submit(input(), (value) => permit.run('mark', value))
  }
  mostWaiting = Math.max(mostWaiting, pool.queue?.stats().waiting ?? 0)
  await new Promise((resolve) => setTimeout(resolve, 1))
  if (rss.length < Math.floor((10 * (performance.now() - start)) / (seconds * 1000))) {
    rss.push(process.memoryUsage.rss())
  }
}
if (rss.length < 10) rss.push(process.memoryUsage.rss())
// Ours answers what it has accepted within its bound; the others are not waited for: their backlog is minutes long.
if (pool.queue !== undefined) await pool.queue.drained()
const counts = new Int32Array(marks)
let ranOnce = 0
let ranTwice = 0
let refusedRan = 0
let lost = 0
for (let id = 0; id < offered; id++) {
  if (counts[id] === 1) ranOnce++
  if (counts[id] > 1) ranTwice++
  if (!isAccepted[id] && counts[id] > 0) refusedRan++
  if (pool.queue !== undefined && isAccepted[id] && counts[id] === 0) lost++
}
await new Promise((resolve) => setImmediate(resolve))
const sorted = latencies.subarray(0, answered).sort()
process.stdout.write(
  JSON.stringify({
    offered,
    accepted,
    refused,
    blocked,
    unanswered: accepted - answered,
    rss,
    p50: sorted[sorted.length >> 1] ?? 0,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    capacity: CAPACITY,
    mostWaiting,
    ranOnce,
    ranTwice,
    refusedRan,
    lost,
  }),
  () => process.exit(),
)

// Which ring for the queue: one shared by all workers, slots claimed by compare-exchange, or one a worker with a
// single producer? `npm run bench -- workqueue-rings --help`. One producer, records of four bytes, CPU time and wall time.
import { Worker } from 'node:worker_threads'
import { SpscRing, StampedRing } from '@rearm/workqueue/ring'
import { printBars } from '../lib/bars.mjs'
import { describeMachine } from '../lib/machine.mjs'
import { chosen, suiteOptions } from '../lib/options.mjs'
import { saveResult } from '../lib/results.mjs'
import { runRounds } from '../lib/rounds.mjs'
import { median, ratios } from '../lib/statistics.mjs'
import { digits, formatTable } from '../lib/table.mjs'
import { costOf } from '../lib/workqueue/pools.mjs'

const options = suiteOptions('workqueue-rings', 'One ring for all workers, or one for each?', {
  rounds: { type: 'number', default: 7, help: 'paired rounds, and one before them' },
  records: { type: 'number', default: 400_000, help: 'in each round' },
  only: { type: 'names', help: 'of 1, 2, 4: how many consumers' },
  attempts: undefined,
})
const COUNT = options.records
const BATCH = 64
const SHARED = 'shared, stamped'
const OWN = 'one a worker'
const file = new URL('../peers/pools/ring-consumer.mjs', import.meta.url)

function start(kind, memory) {
  const worker = new Worker(file, { workerData: { kind, memory } })
  return {
    worker,
    run: () => {
      worker.postMessage('go')
      return new Promise((resolve) => worker.once('message', resolve))
    },
  }
}

async function stamped(consumers) {
  const memory = StampedRing.allocate({ capacity: 1024, slotBytes: 8 })
  const ring = new StampedRing(memory)
  const workers = Array.from({ length: consumers }, () => start('stamped', memory))
  const record = Uint8Array.of(1, 0, 0, 0)
  return {
    workers,
    push() {
      for (let i = 0; i < COUNT; i++) ring.push(record)
      for (let i = 0; i < consumers; i++) ring.push(Uint8Array.of(255))
    },
  }
}

async function single(consumers) {
  const rings = Array.from({ length: consumers }, () => new SpscRing(SpscRing.allocate(16384)))
  const workers = rings.map((ring) => start('spsc', ring.buffer))
  const write = (ring, value) => {
    for (let at = ring.reserve(4); ; at = ring.reserve(4)) {
      if (at >= 0) {
        new Int32Array(ring.buffer, at, 1)[0] = value
        ring.commit(4)
        return true
      }
      ring.publish()
      Atomics.wait(new Int32Array(ring.buffer), 48, 0, 0.01)
    }
  }
  return {
    workers,
    push() {
      for (let i = 0; i < COUNT; i++) {
        const ring = rings[i % consumers]
        write(ring, 1)
        // One publish a batch: what a single producer may do and a shared ring may not.
        if (i % BATCH === BATCH - 1) for (const one of rings) one.publish()
      }
      for (const ring of rings) {
        write(ring, 255)
        ring.publish()
      }
    },
  }
}

/** Nanoseconds of CPU time and of time per record. */
async function measure({ workers, push }) {
  let counts = []
  const { cpu, wall } = await costOf(async () => {
    const done = Promise.all(workers.map(({ run }) => run()))
    push()
    counts = await done
  })
  if (counts.reduce((a, b) => a + b) !== COUNT) throw new Error('records were lost')
  return { cpu: (cpu * 1e6) / COUNT, wall: (wall * 1e6) / COUNT }
}

const { node, cores } = describeMachine()
const about = `node ${node}, ${cores} cores; ${digits(COUNT)} records of four bytes, capacity about 1,000, medians of ${options.rounds} paired rounds`
const rows = []
const bars = []
const runs = {}
const all = [1, 2, 4].map((consumers) => ({ name: String(consumers), consumers }))
for (const { name, consumers } of chosen(all, options.only)) {
  const kinds = [
    { name: SHARED, ...(await stamped(consumers)) },
    { name: OWN, ...(await single(consumers)) },
  ]
  await runRounds(kinds, 1, measure)
  const results = await runRounds(kinds, options.rounds, measure)
  const cpu = (kind) => results.get(kind).map((one) => one.cpu)
  for (const [kind, list] of results) {
    const wall = digits(median(list.map((one) => one.wall)))
    rows.push([name, kind, digits(median(cpu(kind))), wall])
  }
  bars.push({
    what: `CPU per record, ${OWN} / ${SHARED}, ${consumers} consumer(s)`,
    ratio: median(ratios(cpu(OWN), cpu(SHARED))),
    atMost: 0.5,
  })
  runs[name] = Object.fromEntries(results)
  await Promise.all(kinds.flatMap(({ workers }) => workers).map(({ worker }) => worker.terminate()))
}
const table = formatTable(['consumers', 'ring', 'CPU ns per record', 'wall ns'], rows)
console.log(`${about}\n\n${table}\n`)
const good = printBars(bars)
if (options.save) saveResult('workqueue-rings', { options, runs, markdown: `${about}\n\n${table}` })
if (options.check && !good) process.exitCode = 1

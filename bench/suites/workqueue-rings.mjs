// Which ring for the queue: one shared by all workers, slots claimed by compare-exchange, or one a worker with a
// single producer? `npm run bench -- workqueue-rings`. One producer, records of four bytes, CPU time and wall time.
import { Worker } from 'node:worker_threads'
import { SpscRing, StampedRing } from '@rearm/workqueue/ring'

const COUNT = 400_000
const BATCH = 64
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]
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

console.log(`node ${process.version}, ${COUNT} records, capacity about 1,000, medians of 7`)
for (const consumers of [1, 2, 4]) {
  const kinds = {
    'shared, stamped': await stamped(consumers),
    'one a worker': await single(consumers),
  }
  const results = new Map(Object.keys(kinds).map((name) => [name, []]))
  for (let round = 0; round < 8; round++) {
    for (const [name, kind] of Object.entries(kinds)) {
      const before = process.cpuUsage()
      const begin = performance.now()
      const done = Promise.all(kind.workers.map(({ run }) => run()))
      kind.push()
      const counts = await done
      if (counts.reduce((a, b) => a + b) !== COUNT) throw new Error('records were lost')
      const { user, system } = process.cpuUsage(before)
      if (round > 0)
        results
          .get(name)
          .push([((performance.now() - begin) * 1e6) / COUNT, ((user + system) * 1000) / COUNT])
    }
  }
  for (const [name, list] of results) {
    const wall = median(list.map(([ns]) => ns)).toFixed(0)
    const cpu = median(list.map(([, ns]) => ns)).toFixed(0)
    console.log(
      `${consumers} consumer(s), ${name.padEnd(15)} ${wall.padStart(6)} ns wall, ${cpu.padStart(6)} ns CPU per record`,
    )
  }
  for (const { workers } of Object.values(kinds))
    await Promise.all(workers.map(({ worker }) => worker.terminate()))
}

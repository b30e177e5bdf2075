// faulty-consumer.mjs FAULT: a consumer of signal-load, with one fault (none: `reads`, unless nobody is to read).
import { readSync } from 'node:fs'
import { descriptors, reportWhenAsked } from '../peers/events-report.mjs'

const [fault] = process.argv.slice(2)
const buffer = Buffer.alloc(8)
const done = { callbacks: 0, events: 0 }

// No epoll here, only reads that find nothing until there is something.
function readAll() {
  for (const fd of descriptors) {
    done.callbacks++
    try {
      if (readSync(fd, buffer, 0, 8, null) > 0) done.events++
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
  setImmediate(readAll)
}

if (fault === 'exits') process.exit(0)
if (fault === 'reads' || fault === 'miscounts') readAll()
if (fault === 'miscounts') done.events = 1
if (fault === 'idle') setInterval(() => {}, 60_000)
reportWhenAsked(done)

// Batches on the thread's own event loop, with one engine.
import assert from 'node:assert/strict'
import { eventAt } from './calls.mjs'
import * as kernel from './kernel.mjs'

const ENGINES = { uv: 0, thread: 1 }
const ONE = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0])

/**
 * Watches an eventfd and calls `onBatch(count)` for every batch. `stop` ends the watcher alone, `close`
 * its descriptors too.
 */
export function watchEventfd(native, engine, onBatch) {
  const epfd = native.epollCreate1(kernel.CLOEXEC)
  const fd = native.eventfd(0, kernel.CLOEXEC | kernel.NONBLOCK)
  const events = new Uint8Array(native.epollEventSize * 8)
  const buffer = native.registerBuffer(events)
  assert.equal(native.epollCtl(epfd, kernel.EPOLL_CTL_ADD, fd, kernel.EPOLLIN, 11, 12), 0)
  const watcher = native.watcherOpen(epfd, buffer, ENGINES[engine], onBatch)
  assert.ok(watcher > 0, `watcherOpen answered ${watcher}`)
  const stop = () => {
    native.watcherClose(watcher)
    native.releaseBuffer(buffer)
  }
  return {
    descriptors: [epfd, fd],
    ring: () => assert.equal(native.write(fd, ONE), 8),
    drain: () => assert.equal(native.read(fd, new Uint8Array(8)), 8),
    event: () => eventAt(native, events, 0),
    unref: () => native.watcherUnref(watcher),
    stop,
    close() {
      stop()
      native.close(fd)
      native.close(epfd)
    },
  }
}

/** Rings and is woken, many times; nothing but the watcher keeps the event loop alive meanwhile. */
export async function checkWatcher(native, engine) {
  let batches = 0
  await new Promise((resolve, reject) => {
    const watch = watchEventfd(native, engine, (count) => {
      try {
        assert.equal(count, 1)
        assert.deepEqual(watch.event(), [kernel.EPOLLIN, 11, 12])
        watch.drain()
        if (++batches < 50) return watch.ring()
        watch.close()
        resolve()
      } catch (error) {
        reject(error)
      }
    })
    watch.ring()
  })
}

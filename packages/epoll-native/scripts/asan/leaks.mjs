// Run under LeakSanitizer, which reports when the process ends: makes and gives back all that the addon allocates,
// in this thread and in workers that end in every way.
import { Worker } from 'node:worker_threads'
import { Epoll, EpollEvents, EpollFlag, EpollWatcher, EventFd } from '../../dist/index.js'
import { close, IoBuffer } from '../../dist/io/index.js'
import { PacketArray, recvmmsg } from '../../dist/socket/index.js'

function worker(engine, moment, ending) {
  return new Promise((resolve) => {
    const thread = new Worker(new URL('../../test/teardown/worker.mjs', import.meta.url), {
      workerData: { engine, moment, ending },
    })
    let left = []
    thread.on('message', (descriptors) => {
      left = descriptors
      if (ending === 'terminate') thread.terminate()
    })
    thread.on('error', () => {})
    thread.on('exit', () => {
      for (const fd of left) close(fd)
      resolve()
    })
  })
}

for (const engine of ['uv', 'thread']) {
  for (let round = 0; round < 50; round++) {
    const bell = new EventFd({ initial: 1 })
    const epoll = new Epoll()
    epoll.add(bell.fd, EpollFlag.IN)
    await new Promise((resolve) => {
      const watcher = new EpollWatcher(epoll, new EpollEvents(4), () => resolve(watcher.close()), {
        engine,
      })
    })
    new IoBuffer(100).release()
    recvmmsg(bell.fd, new PacketArray(4, 100))
    epoll.close()
    bell.close()
  }
  for (const ending of ['exit', 'natural', 'throw', 'terminate']) {
    for (const moment of ['idle', 'batch']) await worker(engine, moment, ending)
  }
}

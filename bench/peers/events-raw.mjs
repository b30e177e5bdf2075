// The consumer of suites/epoll-package.mjs on the raw layer: one batch, one call into JavaScript.
import { writeSync } from 'node:fs'
import { Epoll, EpollEvents, EpollFlag, EpollOp, EpollWatcher, epollCtl } from '@rearm/epoll-native'
import { IoBuffer, read } from '@rearm/epoll-native/io'

const buffer = new IoBuffer(8)
const events = new EpollEvents(1024)
const epoll = new Epoll()
let callbacks = 0
let reads = 0

new EpollWatcher(epoll, events, (count) => {
  callbacks++
  for (let index = 0; index < count; index++) {
    if (read(events.tokenLow(index), buffer.id, 0, 8) > 0) reads++
  }
})
for (const fd of process.env.DESCRIPTORS.split(',').map(Number)) {
  const result = epollCtl(epoll.fd, EpollOp.ADD, fd, EpollFlag.IN, fd, 0)
  if (result < 0) throw new Error(`epoll_ctl: ${result}`)
}

process.once('SIGTERM', () => {
  writeSync(1, `{"callbacks":${callbacks},"reads":${reads}}\n`)
  process.exit(0)
})
writeSync(1, 'ready\n')

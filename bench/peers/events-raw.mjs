// The consumer of suites/epoll-package.mjs on the raw layer: one batch, one call into JavaScript.
import { Epoll, EpollEvents, EpollFlag, EpollOp, EpollWatcher, epollCtl } from '@rearm/epoll-native'
import { IoBuffer, read } from '@rearm/epoll-native/io'
import { descriptors, reportWhenAsked, staysReady } from './events-report.mjs'

const buffer = new IoBuffer(8)
const events = new EpollEvents(1024)
const epoll = new Epoll()
const done = { callbacks: 0, events: 0 }

new EpollWatcher(epoll, events, (count) => {
  done.callbacks++
  for (let index = 0; index < count; index++) {
    const fd = events.tokenLow(index)
    if (staysReady || read(fd, buffer.id, 0, 8) > 0) done.events++
  }
})
for (const fd of descriptors) {
  const result = epollCtl(epoll.fd, EpollOp.ADD, fd, EpollFlag.IN, fd, 0)
  if (result < 0) throw new Error(`epoll_ctl: ${result}`)
}
reportWhenAsked(done)

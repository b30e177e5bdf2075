// What a thread does until it is ended.
import { Epoll, EpollEvents, EpollFlag, EpollWatcher, EventFd } from '../../dist/index.js'

const watchers = 4

/**
 * Opens four watchers and calls `end` at `moment`, once. `idle`: they are open and nothing happens. `batch`: inside a
 * handler, while the others have batches of their own to deliver. `microtask`: in a microtask of the handler.
 */
export function watch(engine, moment, end) {
  const bell = new EventFd({ initial: moment === 'idle' ? 0 : 1 })
  const epoll = new Epoll()
  epoll.add(bell.fd, EpollFlag.IN)
  let ended = false
  // Never read, the bell is heard in every turn.
  const onBatch = () => {
    if (ended) return
    ended = true
    if (moment === 'batch') return end()
    queueMicrotask(end)
  }
  const open = Array.from(
    { length: watchers },
    () => new EpollWatcher(epoll, new EpollEvents(4), onBatch, { engine }),
  )
  if (moment === 'idle') setImmediate(end)
  return {
    descriptors: [bell.fd, epoll.fd],
    close() {
      for (const watcher of open) watcher.close()
      epoll.close()
      bell.close()
    },
  }
}

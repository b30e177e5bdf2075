// A thread that waits for ever, blocked in the kernel, where neither terminate() nor process.exit() of another thread
// reaches it. The owner's bell does: it is registered in the epoll, and rung on the owner's 'exit' too.
import { Epoll, EpollEvents, EpollFlag, EventFd } from '../../dist/index.js'

/** In the thread that waits: tells `started` right before it blocks, and returns when the bell has rung. */
export function waitForBell(bell, started) {
  const epoll = new Epoll()
  epoll.add(bell, EpollFlag.IN)
  started(epoll.fd)
  epoll.wait(new EpollEvents(1))
  return epoll
}

/** In the owner: a bell that rings when the owner exits, however it does. */
export function ownersBell() {
  const bell = new EventFd()
  const ring = () => bell.write()
  process.on('exit', ring)
  return {
    fd: bell.fd,
    ring,
    close() {
      process.off('exit', ring)
      bell.close()
    },
  }
}

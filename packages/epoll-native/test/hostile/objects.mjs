// The objects that methods are called on and that calls are given: a few of each class, some of them closed.
import { Epoll, EpollEvents, EpollFlag, EventFd, Inotify } from '../../dist/index.js'
import {
  MessageFlag,
  PacketArray,
  ReceivedDescriptors,
  recvmsg,
  SocketAddress,
} from '../../dist/socket/index.js'

const most = 4

export class Objects {
  #random
  #pools = new Map()
  #ready = new EventFd({ initial: 1 })
  /** An epoll where something is always ready, and that nothing but a wait is called on. */
  readyEpoll = new Epoll()

  constructor(random) {
    this.#random = random
    this.readyEpoll.add(this.#ready.fd, EpollFlag.IN)
  }

  /** Makes some that have something in them. */
  fill(sandbox) {
    const epoll = new Epoll()
    for (const fd of [...sandbox.events, ...sandbox.pipes, ...sandbox.sockets]) {
      epoll.add(fd, EpollFlag.IN)
    }
    this.add('Epoll', epoll)
    const inotify = new Inotify()
    inotify.add('.', 0xfff)
    this.add('Inotify', inotify)
    this.add('EpollEvents', new EpollEvents(8))
    this.add('PacketArray', new PacketArray(8, 300))
    const received = new ReceivedDescriptors()
    recvmsg(sandbox.sockets[0], new Uint8Array(50), 0, 50, MessageFlag.DONTWAIT, received)
    this.add('ReceivedDescriptors', received)
    this.add('SocketAddress', new SocketAddress({ family: 'ipv4', address: '127.0.0.1', port: 1 }))
  }

  add(name, object) {
    const pool = this.#pools.get(name) ?? []
    this.#pools.set(name, pool)
    pool.push(object)
    if (pool.length > most) dispose(pool.shift())
  }

  /** An object of the class; `undefined` when none was made yet. */
  pick(name) {
    const pool = this.#pools.get(name)
    return pool === undefined || pool.length === 0 ? undefined : this.#random.pick(pool)
  }

  any() {
    const pool = this.#random.pick([...this.#pools.values(), [undefined]])
    return this.#random.pick(pool.length === 0 ? [undefined] : pool)
  }

  clear() {
    for (const pool of this.#pools.values()) for (const object of pool.splice(0)) dispose(object)
  }

  dispose() {
    this.clear()
    this.readyEpoll.close()
    this.#ready.close()
  }
}

function dispose(object) {
  object[Symbol.dispose]?.()
}

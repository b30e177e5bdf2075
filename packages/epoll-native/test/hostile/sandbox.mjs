// The descriptors that the calls may do anything with. All are non-blocking, and all have numbers from `floor` up:
// the runtime takes the lowest free number, so that one closed here is never one of the runtime's a moment later.
import { closeSync, openSync, readdirSync } from 'node:fs'
import * as kernel from './kernel.mjs'

const floor = 300
/** Those that are always readable, and that nothing but a wait is given. */
const readyFloor = 700

/** The open descriptors of this process, without the one that reads the directory. */
export function openDescriptors() {
  const directory = openSync('/proc/self/fd')
  closeSync(directory)
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd !== directory)
}

export class Sandbox {
  #native
  #random
  #child
  /** Every number that was opened here, whether it is open still or not. */
  all = []
  pipes = []
  sockets = []
  /** Those of the sockets where connections wait. */
  listeners = []
  epolls = []
  events = []
  timers = []
  inotify = []
  pidfds = []
  files = []
  ports = [1]
  readyEpoll = -1

  constructor(native, random, child) {
    this.#native = native
    this.#random = random
    this.#child = child
    const ready = this.#move(this.#checked(native.eventfd(1, kernel.QUIET)), readyFloor)
    this.readyEpoll = this.#move(this.#checked(native.epollCreate1(kernel.CLOEXEC)), readyFloor)
    this.#checked(
      native.epollCtl(this.readyEpoll, kernel.EPOLL_CTL_ADD, ready, kernel.EPOLLIN, 1, 2),
    )
    this.#open()
  }

  /** A descriptor: of one of `kinds` most often, or any, or one that cannot be open. */
  pick(kinds) {
    const random = this.#random
    if (random.chance(0.85)) return random.pick(random.pick(kinds.map((kind) => this[kind])))
    return random.chance(0.8) ? random.pick(this.all) : random.pick([-1, -9, 4095, 2 ** 31 - 1])
  }

  /** Closes everything, opens it anew: what calls have closed, shut down or replaced is fresh again. */
  renew() {
    this.#closeFrom(floor, readyFloor)
    for (const kind of ['all', 'pipes', 'sockets', 'listeners', 'epolls']) this[kind] = []
    for (const kind of ['events', 'timers', 'inotify', 'pidfds', 'files']) this[kind] = []
    this.ports = [1]
    this.#open()
  }

  dispose() {
    this.#closeFrom(floor, Number.POSITIVE_INFINITY)
  }

  #closeFrom(least, most) {
    for (const fd of openDescriptors()) if (fd >= least && fd < most) this.#native.close(fd)
  }

  #open() {
    const native = this.#native
    const pair = new Int32Array(2)
    const bytes = new Uint8Array(100)
    for (let count = 0; count < 3; count++) {
      this.#checked(native.pipe2(pair, kernel.QUIET))
      const [, end] = this.#keep('pipes', ...pair)
      this.#checked(native.write(end, bytes))
      this.#keep('epolls', native.epollCreate1(kernel.CLOEXEC))
      this.#keep('events', native.eventfd(count, kernel.QUIET | (count & 1)))
    }
    for (const type of [kernel.SOCK_STREAM, kernel.SOCK_DGRAM, 5]) {
      this.#checked(native.socketpair(kernel.AF_UNIX, type | kernel.QUIET, 0, pair))
      const [one, other] = this.#keep('sockets', ...pair)
      // Something to be received on either, descriptors among it.
      for (const fd of [one, one, other, other]) {
        this.#checked(native.sendmsg(fd, bytes, 0, 50, 0, new Int32Array([one, other]), 2))
      }
    }
    for (const clock of [0, 1, 7]) this.#keep('timers', native.timerfdCreate(clock, kernel.QUIET))
    this.#keep('inotify', native.inotifyInit1(kernel.QUIET))
    this.#keep('pidfds', native.pidfdOpen(this.#child, kernel.PIDFD_NONBLOCK))
    // To be read only: what is written anywhere in it could fill a disk.
    this.#keep('files', openSync('readable'))
    this.#network()
  }

  #network() {
    const native = this.#native
    const address = new Uint8Array(132)
    const view = new DataView(address.buffer)
    const loopback = () => {
      address.fill(0)
      view.setUint32(0, 16, true)
      view.setUint16(4, kernel.AF_INET, true)
      address.set([127, 0, 0, 1], 8)
    }
    const bound = (type) => {
      const [fd] = this.#keep('sockets', native.socket(kernel.AF_INET, type | kernel.QUIET, 0))
      loopback()
      this.#checked(native.bind(fd, address))
      this.#checked(native.getsockname(fd, address))
      this.ports.push(view.getUint16(6))
      return fd
    }
    bound(kernel.SOCK_DGRAM)
    bound(kernel.SOCK_DGRAM)
    const listener = bound(kernel.SOCK_STREAM)
    this.#checked(native.listen(listener, 8))
    this.listeners.push(listener)
    for (let count = 0; count < 4; count++) {
      const type = kernel.SOCK_STREAM | kernel.QUIET
      const [client] = this.#keep('sockets', native.socket(kernel.AF_INET, type, 0))
      // Answers EINPROGRESS, or 0; over loopback the connection is there when it returns, or in a moment.
      native.connect(client, address)
    }
    let accepted
    do accepted = native.accept4(listener, kernel.QUIET)
    while (accepted === -kernel.EAGAIN)
    this.#keep('sockets', accepted)
    this.#keep('sockets', native.socket(kernel.AF_INET6, kernel.SOCK_DGRAM | kernel.QUIET, 0))
  }

  #keep(kind, ...descriptors) {
    const moved = descriptors.map((fd) => this.#move(this.#checked(fd), floor))
    this[kind].push(...moved)
    this.all.push(...moved)
    return moved
  }

  #move(fd, least) {
    const moved = this.#checked(this.#native.fcntl(fd, kernel.F_DUPFD_CLOEXEC, least))
    this.#native.close(fd)
    return moved
  }

  #checked(result) {
    if (result < 0) throw new Error(`the sandbox could not be made: errno ${-result}`)
    return result
  }
}

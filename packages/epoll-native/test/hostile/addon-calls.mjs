// How to call every function of the addon: `args` makes the arguments, `after` undoes what a success did.
import * as arg from './arguments.mjs'
import * as kernel from './kernel.mjs'

/** Closes the descriptor that a call returned. */
export const closeResult = ({ native }, result) => {
  if (result >= 0) native.close(result)
}
const closePair =
  (index) =>
  ({ native }, result, args) => {
    if (result === 0) for (const fd of args[index].subarray(0, 2)) native.close(fd)
  }
const fixed = (...kinds) => ({ args: (world) => kinds.map((kind) => kind(world)) })
const opening = (...kinds) => ({ ...fixed(...kinds), after: closeResult })

/** Half of the waits have nothing to wait for and no time; the others have something, and any time. */
const wait = (...between) => ({
  args: (world) => {
    const ready = world.random.chance(0.5)
    const epoll = ready ? world.sandbox.readyEpoll : arg.fd('epolls')(world)
    const time = ready ? arg.anyTime : arg.noTime
    return [epoll, ...between.map((kind) => kind(world)), time(world)]
  },
})

const option = (value) => ({
  args: (world) => {
    const [level, name] = arg.option(world)
    return [arg.fd('sockets')(world), level, name, value(world)]
  },
})

const slice = [arg.buffer, arg.offset, arg.length]

export const addonCalls = {
  registerBuffer: {
    ...fixed(arg.bytes),
    after: ({ native }, result) => native.releaseBuffer(result),
  },
  // The first words stay: `addon.mjs` has shared them.
  shareFrame: fixed(arg.doubles),
  // Never one of the numbers that other calls use.
  releaseBuffer: fixed(arg.oneOf(0, 1, 65535, 65536 * 70000)),

  epollCreate1: opening(arg.oneOf(0, kernel.CLOEXEC, 1)),
  epollCtl: fixed(
    arg.fd('epolls'),
    arg.oneOf(1, 2, 3, 4),
    arg.anyFd,
    arg.maybe(arg.bits),
    arg.maybe(arg.bits),
    arg.maybe(arg.bits),
  ),
  epollWait: wait(arg.buffer),
  epollPwait2: wait(arg.buffer),
  epollSetParams: fixed(
    arg.fd('epolls'),
    arg.integer(0, 100),
    arg.integer(0, 64),
    arg.integer(0, 1),
  ),
  epollGetParams: fixed(arg.fd('epolls'), arg.doubles),

  watcherOpen: {
    args: (world) => [
      arg.fd('epolls')(world),
      arg.id(world),
      arg.oneOf(0, 1)(world),
      world.random.chance(0.9) ? () => world.act() : arg.anything(world),
    ],
    after: (world, result) => world.watchers.add(result),
  },
  watcherRef: fixed((world) => world.watchers.pick()),
  watcherUnref: fixed((world) => world.watchers.pick()),
  watcherReattach: fixed((world) => world.watchers.pick(), arg.fd('epolls')),
  watcherClose: fixed((world) => world.watchers.pick()),

  close: fixed(arg.anyFd),
  dup: opening(arg.anyFd),
  dup3: fixed(arg.anyFd, arg.anyFd, arg.oneOf(0, kernel.CLOEXEC)),
  fcntl: {
    args: (world) => {
      const { random } = world
      const command = arg.oneOf(1, 2, 3, 4, 1030, 1031, 1032, 5, 8, 1024)(world)
      const bits = arg.maybe(arg.bits)(world)
      // Nothing in the sandbox may come to block.
      const argument = command === kernel.F_SETFL ? random.pick([0x800, 0xc00, 'no', 0.5]) : bits
      return [arg.anyFd(world), command, argument]
    },
    after: (world, result, [, command]) => {
      if (command === kernel.F_DUPFD_CLOEXEC) closeResult(world, result)
    },
    // Without its last argument F_SETFL would make the descriptor block.
    exact: true,
  },
  pipe2: { ...fixed(arg.ints, arg.oneOf(0, kernel.QUIET, 1)), after: closePair(0) },
  eventfd: opening(arg.integer(0, 9), arg.oneOf(0, 1, kernel.QUIET, 0x10)),

  read: fixed(arg.anyFd, ...slice),
  write: fixed(arg.anyFd, ...slice),
  readv: vectored(),
  writev: vectored(),
  sendfile: fixed(
    arg.fd('sockets', 'pipes'),
    arg.fd('files'),
    arg.maybe(arg.integer(0, 8192)),
    arg.integer(0, 1e6),
  ),
  splice: fixed(
    arg.fd('pipes', 'files'),
    arg.maybe(arg.maybe(arg.integer(0, 99))),
    arg.fd('pipes', 'sockets'),
    arg.maybe(arg.maybe(arg.integer(0, 99))),
    arg.integer(0, 1e6),
    arg.oneOf(0, 2, 7, 16),
  ),

  timerfdCreate: opening(arg.oneOf(0, 1, 7, 8, 99), arg.oneOf(0, kernel.QUIET, 1)),
  timerfdSettime: fixed(
    arg.fd('timers'),
    arg.oneOf(0, 1, 3, 99),
    ...[3, 999999999, 3, 999999999].map((most) => arg.integer(0, most)),
  ),
  timerfdGettime: fixed(arg.fd('timers'), arg.doubles),

  pidfdOpen: opening(arg.pid, arg.oneOf(0, kernel.NONBLOCK, 1)),
  pidfdSendSignal: fixed(arg.fd('pidfds'), arg.signal),
  waitid: fixed(arg.fd('pidfds'), arg.oneOf(1, 5, 0x1000005, 64), arg.ints),

  inotifyInit1: opening(arg.oneOf(0, kernel.QUIET, 1)),
  inotifyAddWatch: fixed(arg.fd('inotify'), arg.path, arg.bits),
  inotifyRmWatch: fixed(arg.fd('inotify'), arg.integer(1, 4)),

  socket: opening(
    arg.oneOf(1, 2, 10, 16, 17, 29, 40, 99),
    arg.oneOf(1, 2, 3, 5, kernel.QUIET | 1, kernel.QUIET | 2, 99),
    arg.oneOf(0, 0, 1, 6, 17, 99),
  ),
  socketpair: {
    ...fixed(
      arg.oneOf(1, 1, 2),
      arg.oneOf(1, 2, 5, kernel.QUIET | 1),
      arg.oneOf(0, 0, 9),
      arg.ints,
    ),
    after: closePair(3),
  },
  bind: fixed(arg.fd('sockets'), arg.addressBytes),
  connect: fixed(arg.fd('sockets'), arg.addressBytes),
  listen: fixed(arg.fd('sockets'), arg.integer(0, 100)),
  accept4: opening(arg.fd('listeners'), arg.oneOf(0, kernel.QUIET, 1), arg.maybe(arg.addressBytes)),
  shutdown: fixed(arg.fd('sockets'), arg.oneOf(0, 1, 2, 3)),
  getsockname: fixed(arg.fd('sockets'), arg.addressBytes),
  getpeername: fixed(arg.fd('sockets'), arg.addressBytes),
  getsockopt: option(arg.bytes),
  setsockopt: option(arg.bytes),
  recv: fixed(arg.fd('sockets'), ...slice, arg.flags),
  send: fixed(arg.fd('sockets'), ...slice, arg.flags),
  recvfrom: fixed(arg.fd('sockets'), ...slice, arg.flags, arg.addressBytes),
  sendto: fixed(arg.fd('sockets'), ...slice, arg.flags, arg.addressBytes),
  sendmsg: fixed(
    arg.fd('sockets'),
    ...slice,
    arg.oneOf(0, 0x40),
    arg.maybe(descriptors),
    arg.integer(0, 260),
  ),
  recvmsg: {
    ...fixed(arg.fd('sockets'), ...slice, arg.oneOf(0, 0x40), arg.ints),
    after: ({ native }, result, args) => {
      if (result < 0) return
      const [count, , ...received] = args[5]
      for (const fd of received.slice(0, count)) native.close(fd)
    },
  },
  recvmmsg: packets(),
  sendmmsg: packets(),
}

// The same calls with their arguments in the frame, where anything is a number, if an impossible one.
for (const name of ['epollCtl', 'read', 'write', 'recv', 'send']) {
  addonCalls[`${name}Framed`] = {
    args: (world) => addonCalls[name].args(world).map((value) => arg.word(world, value)),
    framed: true,
  }
}

function vectored() {
  return {
    args: (world) => {
      const count = world.random.chance(0.02) ? 1025 : world.random.integer(0, 6)
      // Most are arrays that fit: one bad one spoils the call.
      const arrays = Array.from({ length: count }, () =>
        world.random.chance(0.05) ? arg.bytes(world) : new Uint8Array(world.random.integer(0, 99)),
      )
      return [arg.fd('pipes', 'sockets', 'events')(world), ...arrays]
    },
  }
}

function descriptors(world) {
  const array = arg.ints(world)
  const { random, sandbox } = world
  const numbers = Array.from({ length: 260 }, () =>
    random.chance(0.99) ? random.pick(sandbox.all) : -1,
  )
  try {
    Int32Array.prototype.set.call(array, numbers.slice(0, array.byteLength / 4))
  } catch {
    // It is none, or its memory is gone.
  }
  return array
}

function packets() {
  return fixed(
    arg.fd('sockets'),
    arg.id,
    arg.id,
    arg.oneOf(1, 16, 300, 4096),
    arg.oneOf(0, 0, 1, 3),
    arg.oneOf(0, 1, 2, 10, 300),
    arg.oneOf(0, 0x40, 0x10000),
  )
}

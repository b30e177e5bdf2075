// How to call every function that the package exports. Those that are the addon's own are called as there.
import { addonCalls, closeResult } from './addon-calls.mjs'
import * as arg from './arguments.mjs'
import { inotifyArguments, judgeInotifyEvents } from './inotify-bytes.mjs'
import * as of from './package-arguments.mjs'

const fixed = (...kinds) => ({ args: (world) => kinds.map((kind) => kind(world)) })
const slice = [arg.buffer, arg.offset, arg.length]
const sockets = arg.fd('sockets')
const socketAddress = of.object('SocketAddress')

/** A wait: with the epoll where something is ready any time will do. */
const wait = {
  args: (world) => {
    const ready = world.random.chance(0.5)
    const epoll = ready ? world.sandbox.readyEpoll : arg.fd('epolls')(world)
    return [epoll, of.events(world), (ready ? arg.anyTime : arg.noTime)(world)]
  },
}

const own = {
  ensureAvailable: fixed(arg.anything),
  errnoName: fixed(arg.oneOf(9, -9, 11, 133, 0)),
  epollWait: wait,
  epollPwait2: wait,
  epollSetParams: fixed(
    arg.fd('epolls'),
    of.record({
      busyPollUsecs: arg.integer(0, 9),
      busyPollBudget: arg.integer(0, 64),
      preferBusyPoll: arg.oneOf(true, false),
    }),
  ),
  inotifyAddWatch: fixed(
    arg.fd('inotify'),
    (world) => (world.random.chance(0.5) ? arg.path : arg.oneOf('.', '/none', 'a\0b'))(world),
    arg.bits,
  ),
  parseInotifyEvents: { args: inotifyArguments, after: judgeInotifyEvents },

  readv: fixed(arg.fd('pipes', 'sockets', 'events'), of.arrays),
  writev: fixed(arg.fd('pipes', 'sockets', 'events'), of.arrays),

  bind: fixed(sockets, of.address),
  connect: fixed(sockets, of.address),
  accept4: {
    ...fixed(arg.fd('listeners'), arg.oneOf(0, 0x80800, 1), arg.maybe(socketAddress)),
    after: closeResult,
  },
  getsockname: fixed(sockets, socketAddress),
  getpeername: fixed(sockets, socketAddress),
  recvfrom: fixed(sockets, ...slice, arg.flags, socketAddress),
  sendto: fixed(sockets, ...slice, arg.flags, of.address),
  sendmsg: fixed(sockets, ...slice, arg.oneOf(0, 0x40), arg.maybe(of.descriptors)),
  recvmsg: {
    args: (world) => {
      const received = world.objects.pick('ReceivedDescriptors')
      // What nobody took would be lost by the call.
      received.close()
      const between = [...slice, arg.oneOf(0, 0x40)].map((kind) => kind(world))
      return [sockets(world), ...between, world.random.chance(0.1) ? arg.anything(world) : received]
    },
  },
  recvmmsg: packets(),
  sendmmsg: packets(),
  getSocketOption: { args: (world) => [sockets(world), of.option(world)[0]] },
  setSocketOption: { args: (world) => [sockets(world), ...of.option(world)] },
}

export const packageCalls = { ...addonCalls, ...own }

function packets() {
  return fixed(
    sockets,
    of.object('PacketArray'),
    arg.maybe(arg.oneOf(0, 0, 1, 3)),
    arg.maybe(arg.oneOf(0, 1, 2, 10, 300)),
    arg.oneOf(0x40, 0x40, 0x10000),
  )
}

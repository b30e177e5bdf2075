// How to make an object of every class that the package exports, and to call every method of it. A method, getter
// or setter is named `Class.name`, a static one `Class::name`.
import * as arg from './arguments.mjs'
import * as of from './package-arguments.mjs'

const fixed = (...kinds) => ({ args: (world) => kinds.map((kind) => kind(world)) })
const none = fixed()
/** `release()` hands the descriptor over. */
const releasing = {
  ...none,
  after: ({ native }, result) => {
    if (typeof result === 'number' && result >= 0) native.close(result)
  },
}
const index = fixed(of.index)
const count = arg.oneOf(0n, 1n, 1, 2n ** 64n - 2n, 2n ** 64n, -1n, 0.5)
const time = arg.oneOf(0, 1, 1_000_000n, 2n ** 70n, -1n, 0.5, Number.NaN)

export const constructors = {
  Epoll: none,
  EpollEvents: fixed(arg.oneOf(1, 2, 64, 1000, 0, 1.5, 1048577)),
  EpollWatcher: fixed(
    of.epoll,
    of.events,
    (world) => (world.random.chance(0.9) ? () => world.act() : arg.anything(world)),
    arg.maybe(of.record({ engine: arg.oneOf('uv', 'thread', undefined, 'none') })),
  ),
  EventFd: fixed(arg.maybe(of.record({ initial: arg.integer(0, 3), semaphore: arg.oneOf(true) }))),
  Inotify: none,
  IoBuffer: fixed(of.memory),
  PacketArray: fixed(arg.oneOf(1, 2, 8, 0, 1025), arg.oneOf(1, 64, 2048, 0, 65537)),
  PidFd: fixed(arg.pid),
  ReceivedDescriptors: fixed(arg.maybe(arg.oneOf(1, 2, 253, 254, 0))),
  SocketAddress: fixed(arg.maybe(of.plainAddress)),
  SystemError: fixed(arg.oneOf(9, -9, 999), arg.oneOf('read', undefined), arg.maybe(arg.anything)),
  TimerFd: fixed(arg.maybe(arg.oneOf(0, 1, 7, 8, 99))),
  UnavailableError: fixed(arg.anything, arg.anything),
}

export const methods = {
  'OwnedDescriptor.fd': none,
  'OwnedDescriptor.closed': none,
  'OwnedDescriptor.close': none,
  'OwnedDescriptor.release': releasing,
  'OwnedDescriptor.dispose': none,

  'Epoll.add': fixed(arg.anyFd, arg.bits, arg.maybe(arg.bits), arg.maybe(arg.bits)),
  'Epoll.modify': fixed(arg.anyFd, arg.bits, arg.maybe(arg.bits), arg.maybe(arg.bits)),
  'Epoll.delete': fixed(arg.anyFd),
  'Epoll.wait': {
    // With any time, on the one where something is ready.
    args: (world) => {
      world.ready = world.random.chance(0.5)
      return [of.events(world), (world.ready ? arg.anyTime : arg.noTime)(world)]
    },
    receiver: (world) => (world.ready ? world.objects.readyEpoll : undefined),
    // Without its last argument it would wait for ever.
    exact: true,
  },
  'Epoll.params': none,
  'Epoll.params=': fixed(
    of.record({
      busyPollUsecs: arg.integer(0, 9),
      busyPollBudget: arg.integer(0, 64),
      preferBusyPoll: arg.oneOf(true, false),
    }),
  ),
  'EpollEvents.flags': index,
  'EpollEvents.tokenLow': index,
  'EpollEvents.tokenHigh': index,
  'EpollEvents.release': none,
  'EpollEvents.dispose': { ...none, own: true },
  'EpollEvents::idOf': fixed(of.events),
  'EpollWatcher.closed': none,
  'EpollWatcher.ref': none,
  'EpollWatcher.unref': none,
  'EpollWatcher.hasRef': none,
  'EpollWatcher.reattach': fixed(of.epoll),
  'EpollWatcher.close': none,
  'EpollWatcher.dispose': none,
  'EventFd.write': fixed(arg.maybe(count)),
  'EventFd.read': none,
  'EventFd::write': fixed(arg.fd('events'), arg.maybe(count)),
  'Inotify.add': fixed(arg.oneOf('.', '/none', 'a\0b', '/'), arg.bits),
  'Inotify.remove': fixed(arg.integer(1, 3)),
  'Inotify.read': none,
  'IoBuffer.released': none,
  'IoBuffer.release': none,
  // On an object that owns a descriptor it would be that one's `release`, and nobody would close the number.
  'IoBuffer.dispose': { ...none, own: true },
  'PacketArray.release': none,
  'PacketArray.dispose': { ...none, own: true },
  'PacketArray.length': index,
  'PacketArray.setLength': fixed(of.index, arg.oneOf(0, 1, 64, 5000, 0.5)),
  'PacketArray.flags': index,
  'PacketArray.truncated': index,
  'PacketArray.segmentSize': index,
  'PacketArray.setSegmentSize': fixed(of.index, arg.oneOf(0, 1, 16, 65536, 0.5)),
  'PacketArray.address': index,
  'PacketArray::receive': packets(),
  'PacketArray::send': packets(),
  'PidFd.sendSignal': fixed(arg.oneOf(0, 'SIGURG', 'SIGWINCH', 'SIGCONT', 'SIGNONE', 'toString')),
  'PidFd.wait': none,
  'ReceivedDescriptors.count': none,
  'ReceivedDescriptors.flags': none,
  'ReceivedDescriptors.truncated': none,
  'ReceivedDescriptors.get': index,
  'ReceivedDescriptors.take': {
    ...none,
    after: ({ native }, taken) => {
      for (const fd of taken) native.close(fd)
    },
  },
  'ReceivedDescriptors.close': none,
  'ReceivedDescriptors.dispose': none,
  'ReceivedDescriptors::wordsOf': fixed(of.object('ReceivedDescriptors')),
  'SocketAddress.length': none,
  'SocketAddress.set': fixed(of.plainAddress),
  'SocketAddress.copy': fixed(of.object('SocketAddress')),
  'SocketAddress.clear': none,
  'SocketAddress.equals': fixed(of.object('SocketAddress')),
  'SocketAddress.toAddress': none,
  'SocketAddress::blockOf': fixed(of.address),
  // Given its memory by PacketArray alone; not declared to users.
  'SocketAddress::over': fixed(() => new Uint8Array(132)),
  'TimerFd.set': fixed(
    of.record({
      value: time,
      interval: time,
      absolute: arg.oneOf(true, false),
      cancelOnSet: arg.oneOf(true, false),
    }),
  ),
  'TimerFd.disarm': none,
  'TimerFd.remaining': none,
  'TimerFd.read': none,
}

function packets() {
  return fixed(
    arg.fd('sockets'),
    of.object('PacketArray'),
    arg.oneOf(0, 1),
    arg.oneOf(0, 1, 8),
    arg.oneOf(0x40, 0x40, 0x10000),
  )
}

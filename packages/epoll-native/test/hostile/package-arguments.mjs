// The kinds of arguments that only the package's own functions take: its objects, and plain objects.
import { SocketOption } from '../../dist/socket/index.js'
import * as arg from './arguments.mjs'
import { junk, noSize } from './junk.mjs'
import * as kernel from './kernel.mjs'

/** An object of one of the classes, or of another one, or none. */
export const object =
  (...names) =>
  ({ random, objects }) => {
    if (random.chance(0.06)) return objects.any()
    if (random.chance(0.06)) return junk(random)
    return objects.pick(random.pick(names))
  }

/** A plain object with some of the fields, each of its kind. */
export const record = (fields) => (world) => {
  const { random } = world
  if (random.chance(0.1)) return junk(random)
  const present = Object.entries(fields).filter(() => random.chance(0.9))
  return Object.fromEntries(present.map(([name, kind]) => [name, kind(world)]))
}

const port = ({ random, sandbox }) => random.pick([...sandbox.ports, 0, 65536, -1, 0.5, '80'])
const text = (...texts) => arg.oneOf(...texts)
const addresses = [
  record({ family: () => 'ipv4', address: text('127.0.0.1', '127.0.0.01', '1.2.3'), port }),
  record({
    family: () => 'ipv6',
    address: text('::1', '::', '1::2::3', '::ffff:127.0.0.1', ':', 'g::'),
    port,
    flowlabel: arg.maybe(arg.bits),
    scopeId: arg.maybe(arg.bits),
  }),
  record({ family: () => 'unix', path: text('a path', 'x'.repeat(108), 'a\0b', '') }),
  record({ family: () => 'unix', abstract: text('hostile', new Uint8Array([0, 255]), '') }),
  record({ family: () => 'can', interfaceIndex: arg.bits, rxId: arg.bits, txId: arg.bits }),
  record({ family: () => 'netlink', pid: arg.integer(0, 1), groups: arg.integer(0, 3) }),
  record({ family: () => 'other', number: arg.integer(0, 45), bytes: arg.bytes }),
]
export const plainAddress = (world) => world.random.pick(addresses)(world)
export const address = (world) =>
  world.random.chance(0.5) ? plainAddress(world) : object('SocketAddress')(world)

export const events = object('EpollEvents')
export const epoll = (world) =>
  world.random.chance(0.7) ? object('Epoll')(world) : arg.fd('epolls')(world)

/** A size in bytes that costs nothing, or memory. */
export const memory = (world) => {
  const { random } = world
  if (random.chance(0.2)) return noSize(random)
  if (random.chance(0.4)) return random.integer(0, 5000)
  const view = arg.bytes(world)
  return random.chance(0.3) && ArrayBuffer.isView(view) ? view.buffer : view
}

const fields = { on: arg.oneOf(true, false), seconds: () => 0 }
const names = Object.keys(SocketOption)

/** [option, value]. With a time to linger, close(2) could block. */
export function option(world) {
  const { random } = world
  const name = random.pick(names)
  if (random.chance(0.05)) return [junk(random), 1]
  if (name === 'LINGER') return [SocketOption.LINGER, record(fields)(world)]
  const value = random.pick([true, false, 1, 0, 100, 'cubic', 'lo', junk(random)])
  return [SocketOption[name], value]
}

export const arrays = (world) => {
  const { random } = world
  if (random.chance(0.08)) return random.pick([junk(random), new Array(5000), { length: 3 }])
  const count = random.integer(0, 5)
  return Array.from({ length: count }, () =>
    random.chance(0.06) ? arg.bytes(world) : new Uint8Array(random.integer(0, 99)),
  )
}

export const descriptors = (world) => {
  const { random, sandbox } = world
  if (random.chance(0.1))
    return random.pick([junk(random), new Array(2 ** 32 - 1), new Int32Array(9)])
  const numbers = Array.from({ length: random.pick([0, 1, 2, 254]) }, () =>
    random.pick(sandbox.all),
  )
  return random.pick([numbers, Int32Array.from(numbers), [...numbers, -1], [...numbers, '1']])
}

export const index = arg.oneOf(0, 0, 0, 1, 2, 3, 1 / 3, 0.25, '0')
export const inotifyBytes = ({ random, memory: { view } }) =>
  random.chance(0.2) ? view : new Uint8Array(random.pick([0, 8, 16, 32, 33]))
export { kernel }

// One function per kind of argument: mostly what the call wants, now and then something else, but never a number
// that would make a call block or reach a descriptor outside the sandbox.
import { junk, noTime as noTimeOf } from './junk.mjs'
import * as kernel from './kernel.mjs'

const hostility = 0.08
const orJunk = (make) => (world) =>
  world.random.chance(hostility) ? junk(world.random) : make(world)

/** A descriptor of the sandbox. Never junk integers but impossible ones. */
export const fd = (...kinds) => orJunk(({ sandbox }) => sandbox.pick(kinds))
export const anyFd = orJunk(({ sandbox, random }) => random.pick(sandbox.all))

export const oneOf = (...values) => orJunk(({ random }) => random.pick(values))
export const integer = (least, most) => orJunk(({ random }) => random.integer(least, most))
export const bits = orJunk(({ random }) =>
  random.chance(0.5) ? 2 ** random.integer(0, 31) : random.integer(-(2 ** 31), 2 ** 32 - 1),
)
/** Flags of a message: MSG_DONTWAIT most often. */
export const flags = (world) => (world.random.chance(0.7) ? 0x40 : bits(world))
export const maybe = (kind) => (world) => (world.random.chance(0.5) ? undefined : kind(world))
export const anything = ({ random }) => junk(random)

/** What a word of the frame can hold in the place of `value`. */
export const word = ({ random }, value) => {
  if (typeof value === 'number') return value
  if (value === undefined) return Number.NaN
  return random.pick([Number.NaN, Number.POSITIVE_INFINITY, -0, 0.5, -1, 2 ** 53, 1e308, 5e-324])
}

/** A time to wait for, where nothing could end a wait. */
export const noTime = ({ random }) => (random.chance(0.8) ? 0 : noTimeOf(random))
/** A time to wait for, where something is ready. */
export const anyTime = orJunk(({ random }) => random.pick([-1, 0, 1, 1000, 2 ** 31 - 1]))

const typed =
  (Kind, least = 0) =>
  (world) =>
    world.random.chance(hostility) ? world.memory.wrong() : world.memory.view(Kind, least)
export const bytes = typed(Uint8Array)
export const ints = typed(Int32Array, 2)
export const doubles = typed(Float64Array, 4)
/** The number of a registered buffer, or an array. */
export const buffer = (world) => (world.random.chance(0.5) ? id(world) : bytes(world))
export const id = orJunk(({ random, memory }) => {
  const number = random.pick(memory.ids)
  // A stale generation, and one that never was.
  return random.chance(0.9) ? number : number + 65536 * random.integer(-1, 3)
})
export const offset = maybe(integer(0, 64))
export const length = maybe(integer(0, 300))

/** Harmless ones alone: they are ignored by default, or do not exist. */
export const signal = oneOf(0, 18, 23, 28, 65, 1000)
export const pid = orJunk(({ child, random }) => random.pick([process.pid, child, 2 ** 22 + 1]))

export const path = (world) => {
  const { random } = world
  if (random.chance(hostility)) return world.memory.wrong()
  const name = random.pick([
    '.',
    'readable',
    '/proc/self',
    'no such file',
    'a\0b',
    'x'.repeat(5000),
  ])
  return new TextEncoder().encode(name)
}

/** A SocketAddress's bytes, of this machine's own addresses only, with anything around them. */
export const addressBytes = (world) => {
  const { random, sandbox } = world
  if (random.chance(hostility)) return world.memory.wrong()
  const block = new Uint8Array(132)
  const view = new DataView(block.buffer)
  switch (random.integer(0, 3)) {
    case 0:
      view.setUint32(0, 16, true)
      view.setUint16(4, kernel.AF_INET, true)
      view.setUint16(6, random.pick(sandbox.ports))
      block.set([127, 0, 0, 1], 8)
      break
    case 1:
      view.setUint32(0, 28, true)
      view.setUint16(4, kernel.AF_INET6, true)
      block[27] = 1
      break
    case 2:
      view.setUint32(0, 2 + random.integer(0, 40), true)
      view.setUint16(4, kernel.AF_UNIX, true)
      block.set(new TextEncoder().encode(`\0rearm-${process.pid}-${random.integer(0, 9)}`), 6)
      break
    default:
      view.setUint32(0, random.integer(0, 128), true)
      view.setUint16(4, random.integer(0, 45), true)
  }
  if (random.chance(0.2)) {
    view.setUint32(0, random.pick([0, 1, 2, 3, 127, 128, 129, 132, 2 ** 31, 2 ** 32 - 1]), true)
  }
  if (random.chance(0.8)) return block
  const odd = world.memory.view(Uint8Array, 132)
  try {
    odd.set(block)
  } catch {
    // There is no room: it is detached, or was resized.
  }
  return odd
}

/** [level, name] of a socket option, without the one that makes close(2) block and the one that makes descriptors. */
export function option({ random }) {
  const level = random.chance(hostility) ? junk(random) : random.pick([1, 0, 6, 17, 41, 270, 276])
  const name = random.chance(hostility) ? junk(random) : random.integer(0, 110)
  const avoided =
    level === kernel.SOL_SOCKET && [kernel.SO_LINGER, kernel.SO_PEERPIDFD].includes(name)
  return [level, avoided ? kernel.SO_TYPE : name]
}

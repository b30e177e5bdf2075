// Values that no call should take, and none of which could hurt the process if a call took it: no small
// integer is among them, because as a descriptor it would be one of the runtime's own.

/** What a trap throws: one of the types that a call may throw. */
export class TrapError extends TypeError {}

/** How often a value's own code was run. The addon must never run any. */
export const traps = { sprung: 0 }

const spring = () => {
  traps.sprung++
  throw new TrapError('a trap was sprung')
}

const throwing = { valueOf: spring, toString: spring, [Symbol.toPrimitive]: spring }
const getters = Object.defineProperties(
  {},
  Object.fromEntries(
    ['fd', 'length', 'buffer', 'byteOffset', 'family', 'address', 'value', 'level', 'engine'].map(
      (name) => [name, { get: spring, enumerable: true }],
    ),
  ),
)
const everyTrap = new Proxy({}, { get: () => spring })
const revoked = Proxy.revocable({}, {})
revoked.revoke()

const wrongTypes = [
  undefined,
  null,
  true,
  false,
  '',
  '7',
  'abc',
  'x'.repeat(1 << 16),
  'nul\0within',
  '\ud800',
  Symbol('junk'),
  7n,
  -1n,
  2n ** 64n,
  [],
  [-1],
  {},
  Object.create(null),
  () => -1,
  class {},
  new Date(0),
  /x/,
  new Map(),
  new Number(-1),
  throwing,
  getters,
  new Proxy({}, everyTrap),
  new Proxy(() => -1, everyTrap),
  revoked.proxy,
]

export const notIntegers = [
  0.5,
  -0.5,
  1e-300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
]

/** Integers beyond 32 bits. */
export const tooLarge = [
  2 ** 32 + 1,
  -(2 ** 31) - 1,
  2 ** 48,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  1e300,
  Number.MAX_VALUE,
]

/** Integers at the edges of 32 bits, which no descriptor has. */
export const edges = [-1, -2, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 32 - 1, 2 ** 32]

export const wrongType = (random) => random.pick(wrongTypes)

/** Anything at all that is no integer of a possible descriptor. */
export function junk(random) {
  return random.pick([wrongTypes, notIntegers, tooLarge, edges][random.integer(0, 3)])
}

/** Nothing that a time to wait could be: no integer, no infinity, nor `undefined`, which may stand for one. */
export function noTime(random) {
  return random.pick([wrongTypes, [0.5, 1e-300, Number.NaN]][random.integer(0, 1)]) ?? null
}

/** What is no size that could be allocated. */
export function noSize(random) {
  return random.pick([wrongTypes, notIntegers, [-1, 2 ** 53, 1e300]][random.integer(0, 2)])
}

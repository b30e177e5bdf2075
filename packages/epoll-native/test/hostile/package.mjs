// hostile/package.mjs SEED CALLS: calls every function, constructor and method that the package exports, and
// prints a line of JSON.
import { createRequire } from 'node:module'
import * as root from '../../dist/index.js'
import * as io from '../../dist/io/index.js'
import * as socket from '../../dist/socket/index.js'
import { constructors, methods } from './object-calls.mjs'
import { Objects } from './objects.mjs'
import { packageCalls } from './package-calls.mjs'
import { runProgram } from './program.mjs'

const native = createRequire(import.meta.url)('../../binding.cjs')()
const exported = { ...root, ...io, ...socket }

const isClass = (value) => typeof value === 'function' && /^class\b/.test(String(value))
const callables = Object.keys(exported).filter((name) => typeof exported[name] === 'function')
const classes = callables.filter((name) => isClass(exported[name]))
const functions = callables.filter((name) => !isClass(exported[name]))

/** What can be called of a class: [name, function] of methods, getters, setters and static functions. */
function membersOf(name) {
  const { prototype, ...statics } = Object.getOwnPropertyDescriptors(exported[name])
  const members = []
  // Node 20 has a symbol of its own there.
  const nameOf = (key) => (key === Symbol.dispose ? 'dispose' : String(key))
  for (const key of Reflect.ownKeys(prototype.value)) {
    if (key === 'constructor') continue
    const { value, get, set } = Object.getOwnPropertyDescriptor(prototype.value, key)
    if (typeof value === 'function') members.push([`${name}.${nameOf(key)}`, value])
    if (get) members.push([`${name}.${nameOf(key)}`, get])
    if (set) members.push([`${name}.${nameOf(key)}=`, set])
  }
  for (const [key, { value }] of Object.entries(statics)) {
    if (typeof value === 'function') members.push([`${name}::${key}`, value])
  }
  return members
}

const members = Object.fromEntries(classes.flatMap(membersOf))
const known = { ...packageCalls, ...constructors, ...methods }
// Abstract: made with any number, it would own that number.
const callable = [...functions, ...classes, ...Object.keys(members)].filter(
  (name) => name !== 'OwnedDescriptor',
)
const unknown = callable.filter((name) => !(name in known))
const names = callable.filter((name) => name in known)
const missing = Object.keys({ ...constructors, ...methods }).filter(
  (name) => !callable.includes(name),
)

/** The object that a method is called on: of its class, of a class derived from it, or, now and then, of another. */
function receiverOf(name, { random, objects }) {
  if (!methods[name].own && random.chance(0.05)) return objects.any()
  const own = name.split('.')[0]
  if (own !== 'OwnedDescriptor') return objects.pick(own)
  return objects.pick(random.pick(['Epoll', 'EventFd', 'TimerFd', 'Inotify', 'PidFd']))
}

function step(world) {
  const name = world.random.pick(names)
  const call = known[name]
  if (name in constructors) {
    const after = (_, object) => world.objects.add(name, object)
    return world.try(name, { ...call, after }, (...args) => new exported[name](...args))
  }
  if (!(name in methods)) return world.try(name, call, exported[name])
  if (name.includes('::')) {
    const own = exported[name.split('::')[0]]
    return world.try(name, call, (...args) => members[name].apply(own, args))
  }
  world.try(name, call, (...args) =>
    members[name].apply(call.receiver?.(world) ?? receiverOf(name, world), args),
  )
}

await runProgram(
  {
    native,
    unknown,
    missing,
    allowed: [root.SystemError],
    makeObjects: (random) => new Objects(random),
  },
  step,
)

// All that a hostile call is made of, and what is known of it afterwards.
import { Memory } from './memory.mjs'
import { Sandbox } from './sandbox.mjs'

/** The open watchers: at most a few, because each of them may have a thread. */
class Watchers {
  #native
  #random
  #open = []
  #closed = [65536 * 4000]

  constructor(native, random) {
    this.#native = native
    this.#random = random
  }

  add(watcher) {
    if (!(watcher > 0)) return
    this.#open.push(watcher)
    // Unreferenced, so that the program ends; calls reference and unreference it as they like.
    if (this.#open.length > 6) this.#close(this.#open.shift())
  }

  /** An open one, or one that was closed. */
  pick() {
    return this.#random.pick(
      this.#random.chance(0.8) && this.#open.length > 0 ? this.#open : this.#closed,
    )
  }

  closeAll() {
    for (const watcher of this.#open.splice(0)) this.#close(watcher)
  }

  #close(watcher) {
    this.#closed = [...this.#closed.slice(-20), watcher]
    try {
      this.#native.watcherClose(watcher)
    } catch (error) {
      // A call closed it.
      if (!(error instanceof RangeError)) throw error
    }
  }
}

export class World {
  #allowed
  /** Per name: how often it was called, and how often it did what it is for. */
  counts = {}
  total = 0
  /** Called within a batch: set by the program, to call something there too. */
  act = () => {}

  /** @param allowed the kinds of errors, besides TypeError and RangeError, that may be thrown */
  constructor({ native, random, child, allowed = [], objects }) {
    this.native = native
    this.random = random
    this.child = child
    this.objects = objects
    this.memory = new Memory(random, native)
    this.sandbox = new Sandbox(native, random, child)
    this.watchers = new Watchers(native, random)
    this.#allowed = allowed
  }

  /** Calls `call(...args)`. Throws when it did something that no call may do. */
  try(name, { args: make, after, exact }, call) {
    const made = make(this)
    const args = exact ? made : this.#disturb(made)
    this.counts[name] ??= { calls: 0, successes: 0 }
    const count = this.counts[name]
    count.calls++
    this.total++
    if (process.env.REARM_HOSTILE_TRACE) process._rawDebug(this.total, name, ...args.map(describe))
    let result
    try {
      result = call(...args)
    } catch (error) {
      this.#judge(name, args, error)
      return
    }
    if (typeof result === 'number' && !(Number.isInteger(result) && result >= -4095)) {
      throw new Error(`${name}(${args.map(describe).join(', ')}) returned ${result}`)
    }
    if (typeof result !== 'number' || result >= 0) count.successes++
    after?.(this, result, args)
  }

  /** Too few arguments, or too many, now and then. */
  #disturb(args) {
    if (this.random.chance(0.01)) return args.slice(0, this.random.integer(0, args.length))
    return this.random.chance(0.02) ? [...args, 1, {}, 'more'] : args
  }

  #judge(name, args, error) {
    if (this.mayThrow(error)) return
    throw new Error(`${name}(${args.map(describe).join(', ')}) threw ${error?.name}: ${error}`, {
      cause: error,
    })
  }

  mayThrow(error) {
    return [TypeError, RangeError, ...this.#allowed].some((Kind) => error instanceof Kind)
  }

  /** Descriptors and objects as new, for the next calls. */
  renew() {
    this.watchers.closeAll()
    this.objects?.clear()
    this.sandbox.renew()
    this.objects?.fill(this.sandbox)
  }

  dispose() {
    this.watchers.closeAll()
    this.objects?.dispose()
    this.sandbox.dispose()
    this.memory.dispose()
  }
}

function describe(value) {
  if (typeof value === 'function') return 'function'
  if (typeof value !== 'object' || value === null) return String(value).slice(0, 40)
  try {
    return ArrayBuffer.isView(value) ? `${value.constructor.name}[${value.byteLength}]` : 'object'
  } catch {
    return 'object'
  }
}

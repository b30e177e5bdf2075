// hostile/addon.mjs SEED CALLS: calls every function of the addon itself, and prints a line of JSON.
import { createRequire } from 'node:module'
import { addonCalls } from './addon-calls.mjs'
import { traps } from './junk.mjs'
import { runProgram } from './program.mjs'

const native = createRequire(import.meta.url)('../../binding.cjs')()

const frame = native.shareFrame(new Float64Array(new SharedArrayBuffer(64)))

const functions = Object.keys(native).filter((name) => typeof native[name] === 'function')
const unknown = functions.filter((name) => !(name in addonCalls))
const names = Object.keys(addonCalls)
const missing = names.filter((name) => typeof native[name] !== 'function')

function framed(call) {
  return (...args) => {
    frame.set(args.filter((arg) => typeof arg === 'number').slice(0, frame.length))
    call()
    return frame[0]
  }
}

await runProgram({ native, unknown, missing }, (world) => {
  const name = world.random.pick(names)
  const before = traps.sprung
  const spec = addonCalls[name]
  world.try(name, spec, spec.framed ? framed(native[name]) : native[name])
  // Code that ran while a call holds memory could take the memory away.
  if (traps.sprung !== before) throw new Error(`${name} ran code of its argument`)
})

// Events that nobody had, or that were counted outside the time of measuring, would make a consumer look cheap.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileC } from '../lib/compile.mjs'

const faultyConsumer = fileURLToPath(new URL('faulty-consumer.mjs', import.meta.url))
const faulty = (fault) => [process.execPath, faultyConsumer, fault]

/** Runs `signal-load` to its end, quickly. */
function load(command, seconds, ...options) {
  const quick = ['--warmup', '0.1', '--seconds', String(seconds)]
  const { status, stdout, stderr } = spawnSync(
    compileC('load/signal-load.c'),
    [...quick, ...options, ...command],
    { encoding: 'utf8', timeout: 180_000 },
  )
  return { status, stdout, stderr }
}

const nothing = /there was no event while measuring/

/** The same, longer each time that a busy machine has too few turns for the consumer: no events, or not `least`. */
function loadLongEnough(command, least, ...options) {
  for (let seconds = 0.3; ; seconds *= 2) {
    const run = load(command, seconds, ...options)
    const isEnough = run.status === 0 ? JSON.parse(run.stdout).events >= least : true
    if (seconds > 30 || (isEnough && !nothing.test(run.stderr))) return run
  }
}

function measured(command, least, ...options) {
  const { status, stdout, stderr } = loadLongEnough(command, least, ...options)
  assert.equal(stderr, '')
  assert.equal(status, 0)
  return JSON.parse(stdout)
}

for (const kind of ['eventfd', 'pipe']) {
  const c = () => [compileC('peers/events-epoll.c')]

  test(`every signal is read once: 8 of kind ${kind}`, () => {
    const { events, cpuUsPerEvent } = measured(c(), 1, '--kind', kind, '--descriptors', '8')
    assert.ok(events > 0)
    assert.ok(cpuUsPerEvent.total > 0)
  })

  test(`one ${kind} that stays ready is an event again and again, all of them counted`, () => {
    const run = measured(c(), 11, '--kind', kind, '--stays-ready')
    assert.ok(run.events > 10, `${run.events} events from one signal`)
    assert.equal(run.eventsPerCallback, 1)
    assert.ok(run.cpuUsPerEvent.total > 0)
  })
}

const noticed = [
  ['miscounts', [], /\d+ signals were sent, and \d+ read/],
  ['exits', [], /the consumer ended before its time/],
  ['exits', ['--stays-ready'], /the consumer ended before its time/],
  ['reads', ['--stays-ready'], /has read a descriptor that was to stay ready/],
  ['idle', ['--stays-ready'], nothing],
]
for (const [fault, options, message] of noticed) {
  test(`the load generator fails, and says why: a consumer that ${fault} ${options}`, () => {
    // One that is idle never has enough.
    const { status, stdout, stderr } =
      fault === 'idle'
        ? load(faulty(fault), 0.3, ...options)
        : loadLongEnough(faulty(fault), 1, ...options)
    assert.match(stderr, message)
    assert.equal(status, 1)
    assert.equal(stdout, '')
  })
}

test('a consumer that reads is no faulty one where signals are to be read', () => {
  assert.ok(measured(faulty('reads'), 1).events > 0)
})

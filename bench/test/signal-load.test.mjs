// Events that nobody had, or that were counted outside the time of measuring, would make a consumer look cheap.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileC } from '../lib/compile.mjs'

const faultyConsumer = fileURLToPath(new URL('faulty-consumer.mjs', import.meta.url))
const faulty = (fault) => [process.execPath, faultyConsumer, fault]

/** Runs `signal-load` to its end, quickly. */
function load(command, ...options) {
  const quick = ['--warmup', '0.1', '--seconds', '0.3']
  const { status, stdout, stderr } = spawnSync(
    compileC('load/signal-load.c'),
    [...quick, ...options, ...command],
    { encoding: 'utf8', timeout: 60_000 },
  )
  return { status, stdout, stderr }
}

function measured(command, ...options) {
  const { status, stdout, stderr } = load(command, ...options)
  assert.equal(stderr, '')
  assert.equal(status, 0)
  return JSON.parse(stdout)
}

for (const kind of ['eventfd', 'pipe']) {
  const c = () => [compileC('peers/events-epoll.c')]

  test(`every signal is read once: 8 of kind ${kind}`, () => {
    const { events, cpuUsPerEvent } = measured(c(), '--kind', kind, '--descriptors', '8')
    assert.ok(events > 0)
    assert.ok(cpuUsPerEvent.total > 0)
  })

  test(`one ${kind} that stays ready is an event again and again, all of them counted`, () => {
    const run = measured(c(), '--kind', kind, '--stays-ready')
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
  ['idle', ['--stays-ready'], /there was no event while measuring/],
]
for (const [fault, options, message] of noticed) {
  test(`the load generator fails, and says why: a consumer that ${fault} ${options}`, () => {
    const { status, stdout, stderr } = load(faulty(fault), ...options)
    assert.match(stderr, message)
    assert.equal(status, 1)
    assert.equal(stdout, '')
  })
}

test('a consumer that reads is no faulty one where signals are to be read', () => {
  assert.ok(measured(faulty('reads')).events > 0)
})

// A benchmark that cannot see a wrong answer measures how fast a server is wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileC } from '../lib/compile.mjs'
import { load, loadWith, measureWith, nothingMeasured, quick } from './load-with.mjs'

const faultyEcho = fileURLToPath(new URL('faulty-echo.mjs', import.meta.url))
/** How long the generator waits for what never comes; `quick` has the patience that a busy machine's right answers want. */
const patience = { silent: ['--timeout', '2'], lost: ['--timeout', '10'] }
const noticed = {
  wrong: /WRONG BYTE 13 of answer/,
  swapped: /WRONG BYTE 0 of answer 0/,
  lost: /1 messages unanswered/,
  extra: /more bytes than were sent|WRONG BYTE/,
  silent: /nothing happened for 2 s/,
  closes: /closed by the server after \d+ answers/,
  resets: /reset by peer after \d+ answers/,
  exits: /closed by the server|reset by peer|Broken pipe|is gone|has ended/,
}
for (const [fault, message] of Object.entries(noticed)) {
  test(`the load generator fails, and says why, when the server's fault is: ${fault}`, async () => {
    const command = [process.execPath, faultyEcho, fault]
    const { status, stdout, stderr } = await loadWith(command, ...(patience[fault] ?? []))
    assert.match(stderr, message)
    assert.equal(status, 1)
    assert.equal(stdout, '')
  })
}

test('a refused connection is an error', () => {
  const { status, stderr } = load('--port', '1', ...quick)
  assert.match(stderr, /connection \d+ to 127\.0\.0\.1:1 failed: Connection refused/)
  assert.equal(status, 1)
})

for (const options of [[], ['--depth', '9', '--size', '1'], ['--depth', '3', '--size', '300001']]) {
  test(`a right answer is counted: ${options.join(' ') || 'defaults'}`, async () => {
    // Longer each time: a busy machine may give the server less than one tick of its clock, or a client no turn.
    let result
    for (let seconds = 0.5; seconds <= 16; seconds *= 2) {
      const { status, stdout, stderr } = await loadWith(
        [compileC('peers/echo-epoll.c')],
        ...options,
        '--seconds',
        String(seconds),
      )
      if (seconds < 16 && nothingMeasured.test(stderr)) continue
      assert.equal(stderr, '')
      assert.equal(status, 0)
      result = JSON.parse(stdout)
      if (result.cpuUsPerRequest.total > 0 && result.requestsPerConnection.fewest > 0) break
    }
    assert.ok(result.requestsPerConnection.fewest > 0)
    assert.ok(result.cpuUsPerRequest.total > 0)
    assert.ok(result.latencyUs.p50 <= result.latencyUs.p99)
    assert.ok(result.latencyUs.p99_9 <= result.latencyUs.max)
  })
}

test('with a pause a connection asks no more often than that, and every answer is right', async () => {
  const command = [compileC('peers/echo-epoll.c')]
  const { status, stdout, stderr } = await measureWith(command, '--pause', '10')
  assert.equal(stderr, '')
  assert.equal(status, 0)
  const { requests, seconds } = JSON.parse(stdout)
  assert.ok(requests > 0)
  // One in each turn, and one turn more at either end.
  assert.ok(requests <= 8 * (seconds / 0.01 + 2), `${requests} requests in ${seconds} s`)
})

test('a hot and an idle connection live side by side', async () => {
  const command = [process.execPath, faultyEcho, 'none']
  const { status, stdout } = await measureWith(command, '--idle', '100')
  assert.equal(status, 0)
  assert.equal(JSON.parse(stdout).idle, 100)
})

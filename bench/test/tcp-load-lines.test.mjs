// The load generator against servers that speak in lines: it knows what each answer must be.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { load, loadWith, measureWith } from './load-with.mjs'

const faultyLines = fileURLToPath(new URL('faulty-lines.mjs', import.meta.url))
const server = (fault) => [process.execPath, faultyLines, fault]
const echo = ['--ask', 'ECHO ', '--expect', 'OK ', '--depth', '3']

const directory = mkdtempSync(join(tmpdir(), 'tcp-load-'))
after(() => rmSync(directory, { recursive: true }))

/** Writes a file of pairs, `each` for each of `loadWith`'s 8 connections. */
function pairsFile(name, each, pair) {
  const path = join(directory, name)
  writeFileSync(path, Array.from({ length: 8 * each }, (_, index) => `${pair(index)}\n`).join(''))
  return path
}
const upper = pairsFile('upper', 5, (index) => {
  const text = `text-${String(index).padStart(4, '0')}`
  return `UP ${text}\tOK ${text.toUpperCase()}`
})

const noticed = {
  head: /WRONG BYTE 0 of answer \d+: expected 0x4f, received 0x6f/,
  tail: /WRONG BYTE \d+ of answer \d+: expected 0x0a, received 0x20/,
  text: /WRONG BYTE \d+ of answer \d+: expected 0x\w\w, received 0x21/,
  twice: /more bytes than were sent|WRONG BYTE/,
  reordered: /WRONG BYTE \d+ of answer 0/,
  swapped: /WRONG BYTE \d+ of answer 0/,
}
for (const [options, how] of [
  [echo, 'lines'],
  [['--pairs', upper, '--depth', '3'], 'pairs'],
]) {
  for (const [fault, message] of Object.entries(noticed)) {
    test(`${how}: the load generator fails, and says why, when the server's fault is: ${fault}`, async () => {
      const { status, stdout, stderr } = await loadWith(server(fault), ...options)
      assert.match(stderr, message)
      assert.equal(status, 1)
      assert.equal(stdout, '')
    })
  }

  test(`${how}: a lost answer is noticed`, async () => {
    const { status, stderr } = await loadWith(server('lost'), ...options)
    // The next answer comes in its place, or none does.
    assert.match(stderr, /WRONG BYTE \d+ of answer \d+|1 messages unanswered/)
    assert.equal(status, 1)
  })

  test(`${how}: right answers are counted`, async () => {
    const { status, stdout, stderr } = await measureWith(server('none'), ...options)
    assert.equal(stderr, '')
    assert.equal(status, 0)
    assert.ok(JSON.parse(stdout).requests > 0)
  })
}

test('an answer before its request is complete is one too many', async () => {
  const echoes = fileURLToPath(new URL('faulty-echo.mjs', import.meta.url))
  // It echoes what it has of a long line at once: right bytes, too early.
  const { status, stderr } = await loadWith(
    [process.execPath, echoes, 'none'],
    ...['--ask', '', '--expect', '', '--size', '50000000'],
  )
  assert.match(stderr, /more bytes than were sent/)
  assert.equal(status, 1)
})

test('lines are split and joined at will: longer than any buffer, shorter than one', async () => {
  for (const size of ['1', '300001']) {
    const { status, stderr } = await measureWith(server('none'), ...echo, '--size', size)
    assert.equal(stderr, '')
    assert.equal(status, 0)
  }
})

for (const [what, options, message] of [
  ['a file that is not there', ['--pairs', join(directory, 'none')], /No such file/],
  ['too few pairs', ['--pairs', upper, '--connections', '41'], /fewer pairs than/],
  ['pairs and lines', ['--pairs', upper, '--ask', 'x'], /no --ask and no --expect/],
  [
    'requests of several lengths',
    ['--pairs', pairsFile('uneven', 1, (index) => `${index * 9}\tOK`)],
    /request 3 is not as long as the first one/,
  ],
  ['a line without a tab', ['--pairs', pairsFile('single', 1, () => 'OK')], /line 1 is no pair/],
]) {
  test(`a mistake is told before anything is sent: ${what}`, () => {
    const { status, stderr } = load('--port', '1', ...options)
    assert.match(stderr, message)
    assert.equal(status, 1)
  })
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const soak = fileURLToPath(new URL('../soak/threads.mjs', import.meta.url))
const faulty = fileURLToPath(new URL('faulty-threads.mjs', import.meta.url))
const short = ['--seconds', '1.5', '--connections', '60', '--crash-every', '0.7']
/** What a fault makes somebody wait for in vain. */
const impatient = [...short, '--patience', '10', '--program', faulty]

async function run(args: readonly string[], fault = 'none') {
  const child = spawn(process.execPath, [soak, ...args], {
    env: { ...process.env, FAULT: fault },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, complaint, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { output, complaint, status }
}

describe('the soak', () => {
  test.each(['lend', 'handoff', 'reuseport'])(
    'finds nothing wrong with threads --mode %s',
    async (mode) => {
      const { output, complaint, status } = await run([...short, '--mode', mode])
      expect(complaint).toBe('')
      expect(output).toContain('every rule held')
      expect(status).toBe(0)
    },
  )

  test('finds nothing wrong with a server without a fault', async () => {
    const { output, status } = await run([...short, '--program', faulty])
    expect(output).toContain('every rule held')
    expect(status).toBe(0)
  })

  // They wait most of their time for what the fault holds back.
  test.concurrent.each([
    ['wrong', / wrong: "OK .*", instead of "OK /],
    ['swapped', /ANOTHER CLIENT'S ANSWER/],
    ['lost', / wrong: |requests are not answered/],
    ['twice', /an answer that nobody asked for| wrong: /],
    ['closes', /closed by the server \(.*\), and no worker was crashed/],
    ['crashes-all', /crash \d+ closed \d+ of \d+ connections; no worker had more than \d+/],
    ['forgets-crash', /0 workers ended, but \d+ got a CRASH/],
    ['leaks-connection', /1 connections are open although every client has left/],
    ['leaks-descriptor', /\d+ descriptors are open, \d+ were at the start/],
    ['audit', /the audit found 1 differences/],
    ['stops-at-once', /\(last round\): .*closed by the server/],
    ['few', /the server never had 60 connections at once, only \d+/],
    ['status', /SIGTERM: the server ended with 3/],
  ])('fails, and says why, when the fault is: %s', async (fault, why) => {
    const { output, status } = await run(impatient, fault)
    expect(output).toMatch(why)
    expect(status).toBe(1)
  })

  test('too few descriptors for so many connections exit 2 and say what to do', async () => {
    const [command, ...args] = [
      'sh',
      '-c',
      'ulimit -n 500 && exec "$@"',
      'sh',
      process.execPath,
      soak,
    ]
    const child = spawn(command ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const [complaint, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(complaint).toMatch(/^2000 connections .* \d+ descriptors .* may have 500 here: .*\n$/)
    expect(status).toBe(2)
  })

  test.each([['--mode', 'both'], ['--seconds', '0'], ['--none']])(
    'a mistake in the options exits 2 and says which: %s %s',
    async (...args) => {
      const { complaint, status } = await run(args)
      expect(complaint).toContain(args[0])
      expect(status).toBe(2)
    },
  )
})

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

// Another seed tries other calls; the one of a failure repeats it: REARM_HOSTILE_SEED=… npm test.
const seed = Number(process.env.REARM_HOSTILE_SEED ?? 20_250_601)
const calls = Number(process.env.REARM_HOSTILE_CALLS ?? 100_000)
// Only ends a program that hangs. Some seconds are what it takes.
const deadline = 600_000

interface Report {
  readonly total: number
  readonly counts: Readonly<Record<string, { readonly calls: number; readonly successes: number }>>
  readonly unknown: readonly string[]
  readonly missing: readonly string[]
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** Runs a program of this directory; a crash or a hang is an error with what is needed to see it again. */
function run(program: string): Promise<Report> {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, ['--expose-gc', file, String(seed), String(calls)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadline,
    killSignal: 'SIGKILL',
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => {
      if (status === 0) return resolve(JSON.parse(output) as Report)
      const command = `REARM_HOSTILE_TRACE=1 node --expose-gc ${file} ${seed} ${calls}`
      reject(
        new Error(`status ${status}, signal ${signal}; to see the calls: ${command}\n${errors}`),
      )
    })
  })
}

describe.each(['addon.mjs', 'package.mjs'])(`hostile arguments, seed ${seed}: %s`, (program) => {
  test('no crash, no hang, no descriptor lost, nothing thrown but what may be', {
    timeout: deadline,
  }, async () => {
    const report = await run(program)
    expect(report.after).toEqual(report.before)
    expect(report.total).toBeGreaterThanOrEqual(calls)
    // A function that no table knows is one that nobody attacked.
    expect(report.unknown).toEqual([])
    expect(report.missing).toEqual([])
    const least = calls / Object.keys(report.counts).length / 2
    const seldom = Object.entries(report.counts).filter(
      ([, { calls, successes }]) => calls < least || successes === 0,
    )
    expect(seldom).toEqual([])
  })
})

import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { bundled } from './bundled.js'
import { type Cell, cells } from './cells.js'

// Under a sanitizer, where everything takes many times as long, and only there, a cell is met less often.
const rounds = process.env.REARM_SANITIZED === undefined ? 100 : 8
// Only ends a program that hangs.
const deadline = 600_000
const fileOf = bundled()

interface End {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

function run(program: string, ...args: readonly (string | number)[]): Promise<End> {
  const child = spawn(process.execPath, [fileOf(program), ...args.map(String)], {
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
    child.on('close', (status, signal) => resolve({ status, signal, output, errors }))
  })
}

/** A process per round. Its exception is the only thing that it may write. */
async function endProcesses({ ending, args }: Cell): Promise<number> {
  const status = ending === 'throw' ? 1 : 0
  let ended = 0
  while (ended < rounds) {
    const end = await run('process', ...args)
    expect(end).toMatchObject({ status, signal: null, output: '' })
    if (ending === 'throw') expect(end.errors).toContain('Error: thrown on purpose')
    else expect(end.errors).toBe('')
    ended++
  }
  return ended
}

/** A process for all rounds, which counts the workers whose end it has seen. */
async function endWorkers({ args }: Cell): Promise<number> {
  const end = await run('workers', ...args, rounds)
  expect(end).toMatchObject({ status: 0, signal: null, errors: '' })
  return Number(/^ended (\d+)\n$/.exec(end.output)?.[1])
}

let free = availableParallelism()
const queue: (() => void)[] = []

/** Runs `work` when a processor is free: more at once would only take longer each. */
async function inTurn<R>(work: () => Promise<R>): Promise<R> {
  if (free > 0) free--
  else await new Promise<void>((resolve) => queue.push(resolve))
  try {
    return await work()
  } finally {
    const next = queue.shift()
    if (next === undefined) free++
    else next()
  }
}

test('the matrix has its 52 cells, each once', () => {
  expect(new Set(cells.map(({ name }) => name)).size).toBe(52)
})

for (const cell of cells) {
  test.concurrent(`${cell.name} (${rounds} rounds)`, { timeout: 900_000 }, async () => {
    const ended = await inTurn(() =>
      cell.program === 'workers' ? endWorkers(cell) : endProcesses(cell),
    )
    expect(ended).toBe(rounds)
  })
}

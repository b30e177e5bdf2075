import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// Each state of each ending is met 100 times. The idle ones go four at a time, in one thread; what is in
// the middle of something can be there once per thread. A sanitizer run asks for fewer.
const rounds = Number(process.env.REARM_TEARDOWN_ROUNDS ?? 100)
const quarter = Math.ceil(rounds / 4)
// Only ends a program that hangs.
const deadline = 120_000
interface End {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly errors: string
}

function run(program: string, ...args: readonly (string | number)[]): Promise<End> {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, [file, ...args.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: deadline,
    killSignal: 'SIGKILL',
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal, errors }))
  })
}

/** A process per round. Its exception is the only thing that it may write. */
async function runProcesses(count: number, ending: string, ...args: readonly (string | number)[]) {
  const expected = { status: ending === 'throw' ? 1 : 0, signal: null }
  for (let round = 0; round < count; round++) {
    const end = await run('process.mjs', ...args)
    expect(end).toMatchObject(expected)
    if (ending === 'throw') expect(end.errors).toContain('Error: thrown on purpose')
    else expect(end.errors).toBe('')
  }
}

const clean = { status: 0, signal: null, errors: '' }

interface Cell {
  readonly name: string
  readonly run: () => Promise<void>
}

function workers(
  name: string,
  engine: string,
  moments: string,
  ending: string,
  count: number,
): Cell {
  return {
    name: `engine ${engine}, a worker ends by ${ending}: ${name}`,
    run: async () => {
      expect(await run('workers.mjs', engine, moments, ending, count)).toEqual(clean)
    },
  }
}

function processes(
  name: string,
  [engine, moment, ending, others = 0]: readonly [string, string, string, number?],
  count: number,
): Cell {
  return {
    name: `engine ${engine}, the process ends by ${ending}: ${name}`,
    run: () => runProcesses(count, ending, engine, moment, ending, others),
  }
}

const half = Math.ceil(rounds / 2)
const cells: Cell[] = []
for (const engine of ['uv', 'thread']) {
  for (const ending of ['exit', 'natural', 'throw', 'terminate']) {
    const count = ending === 'natural' ? quarter : rounds
    cells.push(
      workers('with watchers active', engine, 'idle', ending, quarter),
      workers('in a batch or a microtask of it', engine, 'batch+microtask', ending, count),
    )
  }
  for (const ending of ['exit', 'natural', 'throw']) {
    const count = ending === 'natural' ? quarter : half
    cells.push(
      processes('with watchers active', [engine, 'idle', ending], quarter),
      processes('in a batch', [engine, 'batch', ending], count),
      processes('in a microtask of a batch', [engine, 'microtask', ending], count),
    )
  }
  for (const ending of ['exit', 'throw']) {
    cells.push(
      processes('four workers are in their batches', [engine, 'batch', ending, 4], quarter),
    )
  }
}
for (const ending of ['exit', 'natural', 'throw', 'terminate']) {
  const count = ending === 'terminate' ? rounds : quarter
  cells.push(workers('blocked in a wait until the bell rings', 'none', 'wait', ending, count))
}
for (const ending of ['exit', 'throw']) {
  cells.push(
    processes('a worker is blocked until the bell rings on exit', ['none', 'wait', ending], half),
  )
}

let free = availableParallelism()
const queue: (() => void)[] = []

/** Runs `work` when a processor is free: more at once would only take longer each. */
async function inTurn(work: () => Promise<void>): Promise<void> {
  if (free > 0) free--
  else await new Promise<void>((resolve) => queue.push(resolve))
  try {
    await work()
  } finally {
    const next = queue.shift()
    if (next === undefined) free++
    else next()
  }
}

test.concurrent.each(cells)('$name', { timeout: 600_000 }, ({ run }) => inTurn(run))

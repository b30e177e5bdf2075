/** One combination of the matrix. Its program is a child process. */
export interface Cell {
  readonly name: string
  /** `workers`: one process, in which all rounds are threads, four at a time. `process`: a process for each round. */
  readonly program: 'workers' | 'process'
  readonly ending: string
  readonly args: readonly (string | number)[]
}

const engines = ['uv', 'thread']
const moments = {
  idle: 'with watchers active',
  batch: 'in a batch',
  microtask: 'in a microtask of a batch',
}
const processEndings = ['exit', 'natural', 'throw']
const workerEndings = [...processEndings, 'terminate']

function workers(engine: string, moment: string, ending: string, when: string): Cell {
  return {
    name: `engine ${engine}, a worker ends by ${ending}: ${when}`,
    program: 'workers',
    ending,
    args: [engine, moment, ending],
  }
}

function processes(engine: string, moment: string, ending: string, when: string, others = 0): Cell {
  return {
    name: `engine ${engine}, the process ends by ${ending}: ${when}`,
    program: 'process',
    ending,
    args: [engine, moment, ending, others],
  }
}

const watching = engines.flatMap((engine) => [
  ...Object.entries(moments).flatMap(([moment, when]) => [
    ...workerEndings.map((ending) => workers(engine, moment, ending, when)),
    ...processEndings.map((ending) => processes(engine, moment, ending, when)),
  ]),
  ...['exit', 'throw'].map((ending) =>
    processes(engine, 'batch', ending, 'in a batch, and four workers are in theirs', 4),
  ),
])
const waiting = [
  ...workerEndings.map((ending) =>
    workers('none', 'wait', ending, 'blocked in a wait until the bell rings'),
  ),
  ...['exit', 'throw'].map((ending) =>
    processes('none', 'wait', ending, 'a worker is blocked until the bell rings on exit'),
  ),
]

export const cells: readonly Cell[] = [...watching, ...waiting]

/**
 * A small explicit-state checker. A system is a vector of small integers and a set of processes, each of which can,
 * in a given state, take one atomic step or several alternative ones. Every interleaving is explored.
 */
export interface System {
  readonly initial: readonly number[]
  /** Every state that some process can reach from `state` by one atomic step. */
  successors(state: readonly number[]): number[][]
  /** What is wrong with a state, if anything. */
  fault(state: readonly number[]): string | undefined
  /** Whether a state is a proper end: every process has finished, or died. */
  isEnd(state: readonly number[]): boolean
}

export interface Verdict {
  readonly states: number
  /** The first fault found: 'deadlock', 'livelock' or what `fault` said; with the shortest way there. */
  readonly fault: string | undefined
  readonly path: number[][]
}

/** Visits every reachable state, breadth first. Fails when there are more than `limit`. */
export function explore(system: System, limit = 3_000_000): Verdict {
  const numbers = new Map<string, number>()
  const states: string[] = []
  const cameFrom: number[] = []
  const edges: number[] = []
  const ends: number[] = []
  const add = (state: readonly number[], from: number) => {
    const key = encode(state)
    let number = numbers.get(key)
    if (number === undefined) {
      number = states.length
      numbers.set(key, number)
      states.push(key)
      cameFrom.push(from)
    }
    if (from >= 0) edges.push(from, number)
  }
  const verdict = (at: number, fault: string): Verdict => {
    const path: number[][] = []
    for (let i = at; i >= 0; i = cameFrom[i] ?? -1) path.unshift(decode(states[i] ?? ''))
    return { states: states.length, fault, path }
  }
  add(system.initial, -1)
  for (let i = 0; i < states.length; i++) {
    if (states.length > limit) throw new Error(`more than ${limit} states`)
    const state = decode(states[i] ?? '')
    const fault = system.fault(state)
    if (fault !== undefined) return verdict(i, fault)
    const next = system.successors(state)
    if (system.isEnd(state)) ends.push(i)
    else if (next.length === 0) return verdict(i, 'deadlock')
    for (const one of next) add(one, i)
  }
  const stuck = cannotReach(states.length, edges, ends)
  return stuck === undefined
    ? { states: states.length, fault: undefined, path: [] }
    : verdict(stuck, 'livelock')
}

/** A state from which no end can be reached, by walking every edge backwards from the ends. */
function cannotReach(count: number, edges: number[], ends: number[]): number | undefined {
  const first = new Int32Array(count).fill(-1)
  const next = new Int32Array(edges.length / 2)
  for (let e = 0; e < edges.length; e += 2) {
    const to = edges[e + 1] as number
    next[e / 2] = first[to] as number
    first[to] = e / 2
  }
  const reached = new Uint8Array(count)
  const open = [...ends]
  for (const end of ends) reached[end] = 1
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (let e = first[at] as number; e >= 0; e = next[e] as number) {
      const from = edges[2 * e] as number
      if (reached[from] === 1) continue
      reached[from] = 1
      open.push(from)
    }
  }
  const stuck = reached.indexOf(0)
  return stuck < 0 ? undefined : stuck
}

const encode = (state: readonly number[]) => String.fromCharCode(...state.map((n) => n + 64))
const decode = (key: string) => Array.from(key, (char) => char.charCodeAt(0) - 64)

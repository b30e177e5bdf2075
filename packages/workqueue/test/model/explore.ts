import { Ints, StateSet } from './state-set.js'

/**
 * A small explicit-state checker. A system is a vector of small integers and a set of processes, each of which can,
 * in a given state, take one atomic step or several alternative ones. Every interleaving is explored.
 */
export interface System {
  readonly initial: readonly number[]
  /** How many bits each word of a state needs. */
  readonly widths: readonly number[]
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
export function explore(system: System, limit = 16_000_000): Verdict {
  const states = new StateSet(system.widths)
  const cameFrom = new Ints()
  const edges = new Ints()
  const firstEdge = new Ints()
  const ends = new Ints()
  const verdict = (at: number, fault: string): Verdict => {
    const path: number[][] = []
    for (let i = at; i >= 0; i = cameFrom.at(i)) path.unshift(states.get(i))
    return { states: states.size, fault, path }
  }
  states.add(system.initial)
  cameFrom.push(-1)
  for (let i = 0; i < states.size; i++) {
    if (states.size > limit) throw new Error(`more than ${limit} states`)
    const state = states.get(i)
    const fault = system.fault(state)
    if (fault !== undefined) return verdict(i, fault)
    const next = system.successors(state)
    if (system.isEnd(state)) ends.push(i)
    else if (next.length === 0) return verdict(i, 'deadlock')
    firstEdge.push(edges.length)
    for (const one of next) {
      const number = states.add(one)
      if (number === cameFrom.length) cameFrom.push(i)
      edges.push(number)
    }
  }
  firstEdge.push(edges.length)
  const stuck = cannotReach(states.size, edges, firstEdge, ends)
  return stuck === undefined
    ? { states: states.size, fault: undefined, path: [] }
    : verdict(stuck, 'livelock')
}

/** A state from which no end can be reached. Most steps lead to a later number: a few sweeps from the back suffice. */
function cannotReach(count: number, edges: Ints, firstEdge: Ints, ends: Ints): number | undefined {
  const reaches = new Uint8Array(count)
  for (let i = 0; i < ends.length; i++) reaches[ends.at(i)] = 1
  for (let found = true; found; ) {
    found = false
    let last = edges.length
    for (let i = count - 1; i >= 0; i--) {
      const first = firstEdge.at(i)
      for (let e = first; e < last && reaches[i] === 0; e++) {
        if (reaches[edges.at(e)] === 0) continue
        reaches[i] = 1
        found = true
      }
      last = first
    }
  }
  const stuck = reaches.indexOf(0)
  return stuck < 0 ? undefined : stuck
}

import {
  CELL,
  FATE,
  H,
  type LaneModelOptions,
  type Layout,
  read,
  type State,
  W,
  WORKERS,
} from './lane-state.js'
import { AT } from './lane-worker.js'

/** What the host does to its own books and to memory that no worker reads yet: it takes no step of its own. */
export function laneBooks({ jobs, cells, sabotage }: LaneModelOptions, at: Layout) {
  const places = Array.from({ length: cells }, (_, place) => place)
  const lanes = Array.from({ length: WORKERS }, (_, w) => w)
  const word = (s: readonly number[], w: number, name: keyof typeof W) =>
    read(s, at.own(w, W[name]))
  return { refill, publish, takeResult, emptyResult, settle, exited }

  /** Scheduler.refill: the least loaded lane that has a free cell gets the next job. Seen only after a publish. */
  function refill(t: State): void {
    for (let job = 0; job < jobs; job++) {
      if ((read(t, H.backlog) & (1 << job)) === 0) continue
      const free = (w: number) => places.filter((cell) => read(t, at.job(w, cell)) === 0)
      const [w] = lanes
        .filter((lane) => free(lane).length > 0)
        .sort((a, b) => free(b).length - free(a).length)
      const cell = w === undefined ? undefined : free(w)[0]
      if (w === undefined || cell === undefined) return
      t[H.backlog] = read(t, H.backlog) & ~(1 << job)
      t[H.unflushed] = read(t, H.unflushed) | (1 << w)
      t[at.state(w, cell)] = CELL.queued
      t[at.job(w, cell)] = job + 1
      const place = places.findIndex((one) => read(t, at.request(w, one)) === 0)
      t[at.request(w, place)] = cell + 1
    }
  }

  function publish(t: State, w: number): void {
    t[at.own(w, W.published)] = places.filter((place) => read(t, at.request(w, place)) !== 0).length
    t[H.unflushed] = read(t, H.unflushed) & ~(1 << w)
  }

  function takeResult(t: State, w: number): void {
    const cell = word(t, w, 'result') - 1
    const job = read(t, at.job(w, cell)) - 1
    if (read(t, at.state(w, cell)) !== CELL.revoked) settle(t, job, FATE.returned)
    t[at.state(w, cell)] = CELL.free
    t[at.job(w, cell)] = 0
  }

  function emptyResult(t: State, w: number): void {
    t[at.own(w, W.result)] = 0
    t[at.own(w, W.resultPublished)] = 0
  }

  /** A job that is settled twice is never open again: the fault is seen by its fate. */
  function settle(t: State, job: number, fate: number): void {
    t[at.fate(job)] = read(t, at.fate(job)) === FATE.open ? fate : FATE.twice
  }

  /** Succession.settle: what the thread had published counts; what it had not begun goes back to the backlog. */
  function exited(t: State, w: number): void {
    if (word(t, w, 'resultPublished') === 1 && sabotage !== 'repairWithoutDrain') takeResult(t, w)
    for (const cell of places) {
      const job = read(t, at.job(w, cell)) - 1
      const state = read(t, at.state(w, cell))
      if (job < 0 || state === CELL.revoked || sabotage === 'forgetHeld') continue
      const again = state === CELL.queued || sabotage === 'repeatBegun'
      if (again) t[H.backlog] = read(t, H.backlog) | (1 << job)
      else settle(t, job, FATE.lost)
    }
    t[H.unflushed] = read(t, H.unflushed) & ~(1 << w)
    t.fill(0, at.own(w, 0), at.own(w + 1, 0))
    t[at.own(w, W.step)] = t[H.closed] === 1 ? AT.exited : AT.next
  }
}

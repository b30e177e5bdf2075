import type { System } from './explore.js'
import { HOST_AT, hostSteps } from './lane-host.js'
import {
  after,
  FATE,
  H,
  HOST,
  type LaneModelOptions,
  layoutOf,
  PUBLISHED,
  read,
  type State,
  W,
  WORKERS,
} from './lane-state.js'
import { AT, workerSteps } from './lane-worker.js'

/**
 * The protocol of the lanes between the host and two workers, one atomic operation a step: every job that the host
 * holds is sent, run, answered; workers park and are woken, the host dozes or sleeps and is rung, jobs are taken
 * back, threads die and are replaced, and at the end all are stopped.
 */
export function laneModel(options: LaneModelOptions): System {
  const { jobs, crashes, revokes } = options
  const at = layoutOf(options)
  const hostStep = hostSteps(options, at)
  const workerStep = workerSteps(options, at)
  const stepOf = (s: readonly number[], w: number) => read(s, at.own(w, W.step))

  const initial: State = new Array(at.length).fill(0)
  initial[H.bell] = HOST.asleep
  initial[H.step] = HOST_AT.refill
  initial[H.backlog] = 2 ** jobs - 1
  initial[H.crashes] = crashes
  initial[H.revokes] = revokes

  return {
    initial,
    widths: new Array(at.length).fill(5),
    successors(s) {
      const next = hostStep(s)
      for (let w = 0; w < WORKERS; w++) {
        if (stepOf(s, w) >= AT.dead) continue
        next.push(...workerStep(s, w))
        if (read(s, H.crashes) > 0) next.push(crash(s, w))
      }
      return next
    },
    fault(s) {
      for (let job = 0; job < jobs; job++) {
        const fate = read(s, at.fate(job))
        const runs = read(s, at.runs(job))
        if (runs % PUBLISHED > 1) return 'double run'
        if (fate === FATE.twice) return 'answered twice'
        if (fate === FATE.revoked && runs > 0) return 'a job ran that was taken back'
        if (fate === FATE.lost && runs >= PUBLISHED) return 'lost result'
      }
      return undefined
    },
    isEnd: (s) => read(s, H.step) === HOST_AT.ended,
  }

  function crash(s: readonly number[], w: number): State {
    return after(s, (t) => {
      t[H.crashes] = read(t, H.crashes) - 1
      t[at.own(w, W.step)] = AT.dead
    })
  }
}

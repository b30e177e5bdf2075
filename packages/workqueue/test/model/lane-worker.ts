import {
  after,
  CELL,
  FATE,
  H,
  HOST,
  type LaneModelOptions,
  type Layout,
  PUBLISHED,
  read,
  SLEEP,
  type State,
  W,
} from './lane-state.js'

/** Where a worker stands: the function of src/lane/worker-lane.ts, bell.ts or src/worker that goes on. */
export const AT = {
  next: 0,
  claim: 1,
  take: 2,
  run: 3,
  write: 4,
  publish: 5,
  due: 6,
  ring: 7,
  ringExchange: 20,
  rest: 8,
  announceSleep: 9,
  lookAgain: 10,
  park: 11,
  asleep: 12,
  announceAwake: 13,
  waitOnLoop: 14,
  awaitRoom: 15,
  announceFull: 16,
  lookForRoom: 17,
  waitForRoom: 18,
  asleepForRoom: 19,
  dead: 30,
  exited: 31,
} as const

/** What a worker can do next: one atomic operation on shared memory a step. */
export function workerSteps(options: LaneModelOptions, at: Layout) {
  const { cells, sabotage, idle } = options
  const word = (s: readonly number[], w: number, name: keyof typeof W) =>
    read(s, at.own(w, W[name]))
  const go = (s: readonly number[], w: number, step: number, change?: (t: State) => void) =>
    after(s, (t) => {
      t[at.own(w, W.step)] = step
      change?.(t)
    })
  const jobOf = (s: readonly number[], w: number) => read(s, at.job(w, word(s, w, 'cell'))) - 1

  /** The oldest request leaves the ring. */
  const shift = (t: State, w: number) => {
    for (let i = 0; i < cells; i++)
      t[at.request(w, i)] = i + 1 < cells ? read(t, at.request(w, i + 1)) : 0
    t[at.own(w, W.published)] = word(t, w, 'published') - 1
  }

  /** The gate: the last job runs until every other one has its answer. */
  const isHeld = (s: readonly number[], job: number) => {
    if (!options.gate || job !== options.jobs - 1) return false
    for (let other = 0; other < job; other++) if (read(s, at.fate(other)) === FATE.open) return true
    return false
  }

  return function steps(s: readonly number[], w: number): State[] {
    const cell = word(s, w, 'cell')
    switch (word(s, w, 'step')) {
      case AT.next: {
        if (word(s, w, 'published') === 0) {
          // Bell.settle
          return [word(s, w, 'owed') === 1 ? ring(s, w, AT.rest) : go(s, w, AT.rest)]
        }
        const next = read(s, at.request(w, 0)) - 1
        return [go(s, w, AT.claim, (t) => set(t, at.own(w, W.cell), next))]
      }
      case AT.claim: {
        const wins =
          read(s, at.state(w, cell)) === CELL.queued || sabotage === 'claimWithoutExchange'
        return [
          go(s, w, wins ? AT.take : AT.write, (t) => {
            if (wins) t[at.state(w, cell)] = CELL.running
            else shift(t, w)
          }),
        ]
      }
      case AT.take:
        return [go(s, w, AT.run, (t) => shift(t, w))]
      case AT.run: {
        const job = jobOf(s, w)
        if (isHeld(s, job)) return []
        return [go(s, w, AT.write, (t) => set(t, at.runs(job), read(t, at.runs(job)) + 1))]
      }
      case AT.write:
        if (word(s, w, 'result') !== 0) return [go(s, w, AT.awaitRoom)]
        return [go(s, w, AT.publish, (t) => set(t, at.own(w, W.result), cell + 1))]
      case AT.publish:
        return [
          go(s, w, AT.due, (t) => {
            if (read(t, at.state(w, cell)) === CELL.running) {
              const runs = at.runs(jobOf(t, w))
              t[runs] = read(t, runs) + PUBLISHED
            }
            t[at.own(w, W.resultPublished)] = 1
            t[at.own(w, W.cell)] = 0
          }),
        ]
      case AT.due: {
        const maySpare = sabotage === 'oweToASleeper' ? HOST.asleep : HOST.dozing
        if (read(s, H.bell) !== maySpare) return [ring(s, w, AT.next)]
        // How long ago the host looked decides: both happen.
        return [ring(s, w, AT.next), go(s, w, AT.next, (t) => set(t, at.own(w, W.owed), 1))]
      }
      case AT.ring: {
        const host = read(s, H.bell)
        return [
          go(s, w, host === HOST.awake ? word(s, w, 'onward') : AT.ringExchange, (t) => {
            t[at.own(w, W.owed)] = 0
            t[at.own(w, W.seen)] = host
          }),
        ]
      }
      case AT.ringExchange:
        return [
          go(s, w, word(s, w, 'onward'), (t) => {
            if (t[H.bell] === word(t, w, 'seen')) {
              t[H.bell] = HOST.awake
              t[H.rung] = 1
            }
            t[at.own(w, W.seen)] = 0
          }),
        ]
      case AT.awaitRoom:
        return [ring(s, w, AT.announceFull)]
      case AT.announceFull:
        return [
          go(s, w, sabotage === 'awaitRoomWithoutLook' ? AT.waitForRoom : AT.lookForRoom, (t) =>
            set(t, at.own(w, W.full), 1),
          ),
        ]
      case AT.lookForRoom:
        if (word(s, w, 'result') !== 0) return [go(s, w, AT.waitForRoom)]
        return [go(s, w, AT.write, (t) => set(t, at.own(w, W.full), 0))]
      case AT.waitForRoom:
        return [go(s, w, word(s, w, 'full') === 1 ? AT.asleepForRoom : AT.write)]
      case AT.rest:
        if (word(s, w, 'stop') === 1) return [go(s, w, AT.dead)]
        return [go(s, w, AT.announceSleep)]
      case AT.announceSleep: {
        const how = idle === 'park' ? SLEEP.parked : SLEEP.onLoop
        const then = idle === 'park' ? AT.park : AT.waitOnLoop
        return [
          go(s, w, sabotage === 'parkWithoutLook' ? then : AT.lookAgain, (t) =>
            set(t, at.own(w, W.sleep), how),
          ),
        ]
      }
      case AT.lookAgain:
        if (word(s, w, 'published') > 0 || word(s, w, 'stop') === 1)
          return [go(s, w, AT.announceAwake)]
        return [go(s, w, idle === 'park' ? AT.park : AT.waitOnLoop)]
      case AT.park:
        return [go(s, w, word(s, w, 'sleep') === SLEEP.parked ? AT.asleep : AT.announceAwake)]
      case AT.announceAwake:
        return [go(s, w, AT.next, (t) => set(t, at.own(w, W.sleep), SLEEP.awake))]
      case AT.waitOnLoop:
        if (word(s, w, 'message') === 0) return []
        return [go(s, w, AT.next, (t) => set(t, at.own(w, W.message), 0))]
      default:
        // Asleep: only another thread's notify goes on from here.
        return []
    }
  }

  /** Bell.ring: who takes the host's word from sleep to awake sends the message. Then `step`. */
  function ring(s: readonly number[], w: number, step: number): State {
    return go(s, w, AT.ring, (t) => set(t, at.own(w, W.onward), step))
  }
}

const set = (t: State, word: number, value: number) => {
  t[word] = value
}

import { laneBooks } from './lane-books.js'
import {
  after,
  CELL,
  FATE,
  H,
  HOST,
  type LaneModelOptions,
  type Layout,
  read,
  SLEEP,
  type State,
  W,
  WORKERS,
} from './lane-state.js'
import { AT } from './lane-worker.js'

/** Where the host stands: the function of src/queue or src/lane/host-lane.ts that goes on. */
export const HOST_AT = {
  idle: 0,
  turn: 1,
  drain: 2,
  release: 3,
  announceRoom: 4,
  storeRoom: 5,
  notifyRoom: 6,
  refill: 7,
  flush: 8,
  publish: 9,
  wake: 10,
  wakeExchange: 11,
  rest: 12,
  lookAgain: 13,
  stop: 14,
  ended: 15,
} as const

/** What the host can do next: one atomic operation on shared memory a step, and what its event loop chooses. */
export function hostSteps(options: LaneModelOptions, at: Layout) {
  const { jobs, cells, sabotage } = options
  const lanes = Array.from({ length: WORKERS }, (_, w) => w)
  const books = laneBooks(options, at)
  const word = (s: readonly number[], w: number, name: keyof typeof W) =>
    read(s, at.own(w, W[name]))
  const go = (s: readonly number[], step: number, change?: (t: State) => void) =>
    after(s, (t) => {
      t[H.step] = step
      change?.(t)
    })
  const isAnswered = (s: readonly number[]) => {
    for (let job = 0; job < jobs; job++) if (read(s, at.fate(job)) === FATE.open) return false
    return true
  }

  return function steps(s: readonly number[]): State[] {
    const w = read(s, H.lane)
    switch (read(s, H.step)) {
      case HOST_AT.idle:
        return events(s)
      case HOST_AT.turn:
        return [
          go(s, HOST_AT.drain, (t) =>
            assign(t, [
              [H.bell, HOST.awake],
              [H.lane, 0],
            ]),
          ),
        ]
      case HOST_AT.drain:
        if (word(s, w, 'resultPublished') === 0) return [nextLane(s, HOST_AT.drain, HOST_AT.refill)]
        return [go(s, HOST_AT.release, (t) => books.takeResult(t, w))]
      case HOST_AT.release:
        return [go(s, HOST_AT.announceRoom, (t) => books.emptyResult(t, w))]
      case HOST_AT.announceRoom:
        if (word(s, w, 'full') === 0) return [nextLane(s, HOST_AT.drain, HOST_AT.refill)]
        return [go(s, HOST_AT.storeRoom)]
      case HOST_AT.storeRoom:
        return [go(s, HOST_AT.notifyRoom, (t) => assign(t, [[at.own(w, W.full), 0]]))]
      case HOST_AT.notifyRoom:
        return [
          after(nextLane(s, HOST_AT.drain, HOST_AT.refill), (t) => {
            const sleeps = word(t, w, 'step') === AT.asleepForRoom && sabotage !== 'silentRoom'
            if (sleeps) t[at.own(w, W.step)] = AT.write
          }),
        ]
      case HOST_AT.refill:
        return [go(s, HOST_AT.flush, (t) => assign(t, [[H.lane, 0]], books.refill))]
      case HOST_AT.flush: {
        if ((read(s, H.unflushed) & (1 << w)) === 0)
          return [nextLane(s, HOST_AT.flush, read(s, H.onward))]
        return [go(s, sabotage === 'wakeBeforePublish' ? HOST_AT.wake : HOST_AT.publish)]
      }
      case HOST_AT.publish:
        return [
          go(s, sabotage === 'wakeBeforePublish' ? HOST_AT.flush : HOST_AT.wake, (t) =>
            books.publish(t, w),
          ),
        ]
      case HOST_AT.wake:
        if (word(s, w, 'sleep') === SLEEP.awake) return [woken(s)]
        return [go(s, HOST_AT.wakeExchange, (t) => assign(t, [[H.seen, word(t, w, 'sleep')]]))]
      case HOST_AT.wakeExchange:
        return [after(woken(s), (t) => wake(t, w))]
      case HOST_AT.rest:
        return rest(s)
      case HOST_AT.lookAgain:
        return [
          go(
            s,
            lanes.some((lane) => word(s, lane, 'resultPublished') === 1)
              ? HOST_AT.turn
              : HOST_AT.idle,
          ),
        ]
      case HOST_AT.stop:
        return [
          go(s, sabotage === 'silentStop' ? HOST_AT.flush : HOST_AT.wake, (t) =>
            assign(t, [[at.own(w, W.stop), 1]]),
          ),
        ]
      default:
        return []
    }
  }

  /** What may come next on the host's event loop. */
  function events(s: readonly number[]): State[] {
    const next: State[] = []
    if (read(s, H.rung) === 1) next.push(turn(s, H.rung))
    if (read(s, H.alarm) === 1) next.push(turn(s, H.alarm))
    for (const w of lanes) {
      if (word(s, w, 'step') === AT.dead)
        next.push(
          go(s, HOST_AT.refill, (t) =>
            assign(t, [[H.onward, HOST_AT.idle]], () => books.exited(t, w)),
          ),
        )
      for (let cell = 0; cell < cells; cell++) {
        const isQueued = read(s, at.state(w, cell)) === CELL.queued
        if (isQueued && read(s, H.revokes) > 0) next.push(revoke(s, w, cell))
      }
    }
    if (read(s, H.closed) === 0 && isAnswered(s)) {
      next.push(
        go(s, HOST_AT.stop, (t) =>
          assign(t, [
            [H.closed, 1],
            [H.lane, 0],
            [H.onward, HOST_AT.idle],
          ]),
        ),
      )
    }
    if (lanes.every((w) => word(s, w, 'step') === AT.exited)) next.push(go(s, HOST_AT.ended))
    return next
  }

  /** HostLoop.turn, by a ring's message, by the timer of a dozing host or the immediate of a watching one. */
  function turn(s: readonly number[], event: number): State {
    return go(s, HOST_AT.turn, (t) =>
      assign(t, [
        [event, 0],
        [H.onward, HOST_AT.rest],
      ]),
    )
  }

  /** HostLane.revoke */
  function revoke(s: readonly number[], w: number, cell: number): State {
    return after(s, (t) => {
      t[H.revokes] = read(t, H.revokes) - 1
      t[at.state(w, cell)] = CELL.revoked
      books.settle(t, read(t, at.job(w, cell)) - 1, FATE.revoked)
    })
  }

  /** HostLane.wake: who takes the worker's word to awake notifies, or sends the message. */
  function wake(t: State, w: number): void {
    const seen = read(t, H.seen)
    t[H.seen] = 0
    if (word(t, w, 'sleep') !== seen) return
    t[at.own(w, W.sleep)] = SLEEP.awake
    if (seen === SLEEP.onLoop) t[at.own(w, W.message)] = 1
    else if (word(t, w, 'step') === AT.asleep) t[at.own(w, W.step)] = AT.announceAwake
  }

  /** After a wake: publish what waits for it, if broken; stop the next lane; or go on flushing. */
  function woken(s: readonly number[]): State {
    const w = read(s, H.lane)
    if ((read(s, H.unflushed) & (1 << w)) !== 0) return go(s, HOST_AT.publish)
    return go(s, HOST_AT.flush)
  }

  /** HostLoop.rest, or watching on: then the word stays awake. */
  function rest(s: readonly number[]): State[] {
    const look = sabotage === 'sleepWithoutLook' ? HOST_AT.idle : HOST_AT.lookAgain
    const doze = go(s, look, (t) =>
      assign(t, [
        [H.bell, HOST.dozing],
        [H.alarm, 1],
      ]),
    )
    const watch = go(s, HOST_AT.idle, (t) => assign(t, [[H.alarm, 1]]))
    if (read(s, H.alarm) === 1) return [doze, watch]
    return [doze, watch, go(s, look, (t) => assign(t, [[H.bell, HOST.asleep]]))]
  }

  function nextLane(s: readonly number[], again: number, then: number): State {
    const lane = read(s, H.lane) + 1
    if (lane < WORKERS) {
      const stops =
        read(s, H.closed) === 1 && again === HOST_AT.flush && word(s, lane, 'stop') === 0
      return go(s, stops ? HOST_AT.stop : again, (t) => assign(t, [[H.lane, lane]]))
    }
    return go(s, then, (t) => assign(t, [[H.lane, 0]]))
  }
}

function assign(t: State, words: [word: number, value: number][], then?: (t: State) => void): void {
  for (const [word, value] of words) t[word] = value
  then?.(t)
}

import { describe, expect, it } from 'vitest'
import { explore } from './model/explore.js'
import { laneModel } from './model/lane-model.js'
import type { LaneModelOptions, LaneSabotage } from './model/lane-state.js'

const base: LaneModelOptions = {
  idle: 'park',
  jobs: 3,
  cells: 2,
  crashes: 0,
  revokes: 0,
  gate: false,
}
const crash = { jobs: 2, cells: 1, crashes: 1 }
const small = { jobs: 2, cells: 1 }

describe('every interleaving of the lanes’ protocol, the host and two workers', () => {
  it.each<[string, Partial<LaneModelOptions>]>([
    ['three jobs, parking workers', {}],
    ['three jobs, workers on their event loops', { idle: 'loop' }],
    ['a job is taken back at any moment', { revokes: 1 }],
    ['the last job ends only when the others are answered', { gate: true }],
    ['a worker dies anywhere, parking', crash],
    ['a worker dies anywhere, on its event loop', { ...crash, idle: 'loop' }],
    ['a worker dies anywhere while a job is taken back', { ...crash, revokes: 1 }],
  ])('%s: no lost wake-up, double run, lost job or deadlock', (_, options) => {
    const verdict = explore(laneModel({ ...base, ...options }))
    expect(verdict.fault).toBeUndefined()
    expect(verdict.states).toBeGreaterThan(1000)
  })

  it.each<[LaneSabotage, RegExp, Partial<LaneModelOptions>]>([
    ['wakeBeforePublish', /^(deadlock|livelock)$/, small],
    ['parkWithoutLook', /^(deadlock|livelock)$/, small],
    ['sleepWithoutLook', /^(deadlock|livelock)$/, small],
    ['oweToASleeper', /^(deadlock|livelock)$/, { jobs: 3, cells: 2, gate: true }],
    ['claimWithoutExchange', /^a job ran that was taken back$/, { ...small, revokes: 1 }],
    ['silentRoom', /^(deadlock|livelock)$/, {}],
    ['awaitRoomWithoutLook', /^(deadlock|livelock)$/, {}],
    ['forgetHeld', /^(deadlock|livelock)$/, crash],
    ['repeatBegun', /^double run$/, crash],
    ['repairWithoutDrain', /^lost result$/, crash],
    ['silentStop', /^(deadlock|livelock)$/, small],
  ])('the checker sees the protocol broken by %s', (sabotage, fault, options) => {
    const verdict = explore(laneModel({ ...base, ...options, sabotage }))
    expect(verdict.fault).toMatch(fault)
    expect(verdict.path.length).toBeGreaterThan(1)
  })
})

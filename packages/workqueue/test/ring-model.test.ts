import { describe, expect, it } from 'vitest'
import { explore } from './model/explore.js'
import { AT, layoutOf, type ModelOptions, type Sabotage } from './model/ring-state.js'
import { stampedRingModel } from './model/stamped-ring-model.js'

const mortals = ['producer', 'consumer', 'closer'] as const
/** The ring fills up, and each producer still has a record: they sleep. */
const full: ModelOptions = {
  producers: 2,
  consumers: 2,
  capacity: 2,
  records: 2,
  closeEarly: true,
  mortals,
}
const short = { ...full, records: 1 }
const pair = { ...short, producers: 1, consumers: 1, capacity: 1 }
const late = { ...pair, closeEarly: false }
const sabotages: [Sabotage, RegExp][] = [
  ['noSecondLook', /^(lost wake-up|deadlock)$/],
  ['keylessWait', /^(lost wake-up|deadlock)$/],
  ['noOwner', /^two threads in one slot$/],
  ['silentRepair', /^(lost wake-up|deadlock)$/],
  ['repairWithoutFinish', /^(lost record|livelock)$/],
  ['repairWithoutCounter', /^a stamp ahead of its counter$/],
  ['silentClose', /^deadlock$/],
  ['closeBesideTail', /^lost record$/],
  ['closedAfterLook', /^lost record$/],
]

const at = layoutOf(full)
const sleep = (s: readonly number[], threads: number[]) =>
  threads.every((p) => at.pc(s, p) === AT.asleep)

describe('every interleaving of the ring’s protocol', () => {
  it('2 producers x 2 consumers x capacity 2, full, closed and a thread dies at any moment: no lost wake-up, double pop, lost record or deadlock', () => {
    const model = stampedRingModel(full)
    const asleep = { producers: 0, consumers: 0 }
    const verdict = explore({
      ...model,
      fault(s) {
        if (sleep(s, [0, 1])) asleep.producers++
        if (sleep(s, [2, 3])) asleep.consumers++
        return model.fault(s)
      },
    })
    expect(verdict.fault).toBeUndefined()
    expect(verdict.states).toBeGreaterThan(1_000_000)
    // Both producers on a full ring, both consumers on an empty one: it was not too small to come to that.
    expect(asleep.producers).toBeGreaterThan(0)
    expect(asleep.consumers).toBeGreaterThan(0)
  })

  it.each<[string, ModelOptions]>([
    ['2 producers x 2 consumers x capacity 1', { ...short, capacity: 1 }],
    ['1 producer x 1 consumer x capacity 1, four records', { ...pair, records: 4 }],
  ])('%s: no lost wake-up, double pop, lost record or deadlock', (_, options) => {
    const verdict = explore(stampedRingModel(options))
    expect(verdict.fault).toBeUndefined()
    expect(verdict.states).toBeGreaterThan(1000)
  })

  it.each(sabotages)('the checker sees the protocol broken by %s', (sabotage, fault) => {
    const verdict = explore(stampedRingModel({ ...short, sabotage }))
    expect(verdict.fault).toMatch(fault)
    expect(verdict.path.length).toBeGreaterThan(1)
  })
})

describe('the reductions hide nothing: the plain model says the same', () => {
  const same = (options: ModelOptions) => {
    const plain = explore(stampedRingModel({ ...options, plain: true }))
    const reduced = explore(stampedRingModel(options))
    expect(reduced.fault).toBe(plain.fault)
    expect(reduced.states).toBeLessThan(plain.states)
  }

  it.each(sabotages)('broken by %s', (sabotage) => {
    same({ ...pair, sabotage })
  })

  it.each<[string, ModelOptions]>([
    ['1 producer x 1 consumer, closed and a thread dies at any moment', pair],
    ['2 producers x 1 consumer, closed at any moment', { ...pair, producers: 2, mortals: [] }],
    ['1 producer x 2 consumers, closed at any moment', { ...pair, consumers: 2, mortals: [] }],
    [
      '2 producers x 1 consumer, a producer dies at any moment',
      { ...late, producers: 2, mortals: ['producer'] },
    ],
    [
      '1 producer x 2 consumers, a consumer dies at any moment',
      { ...late, consumers: 2, mortals: ['consumer'] },
    ],
  ])('%s', (_, options) => {
    same(options)
  })
})

import { describe, expect, it } from 'vitest'
import { explore } from './model/explore.js'
import { type ModelOptions, stampedRingModel } from './model/stamped-ring-model.js'

const base: ModelOptions = {
  producers: 2,
  consumers: 2,
  capacity: 2,
  records: 1,
  closeEarly: false,
}
const pair = { producers: 1, consumers: 1, capacity: 1 }
const dyingConsumer = { producers: 1, capacity: 1, crash: 'consumer', records: 2 } as const
const dyingProducer = { consumers: 1, capacity: 1, crash: 'producer' } as const

describe('every interleaving of the ring’s protocol', () => {
  it.each<[string, Partial<ModelOptions>]>([
    ['2 producers x 2 consumers x capacity 2', {}],
    ['1 producer x 1 consumer x capacity 1, four records', { ...pair, records: 4 }],
    ['2 producers x 1 consumer, closed at any moment', { consumers: 1, closeEarly: true }],
    ['2 producers x 1 consumer x capacity 1, a producer dies anywhere', dyingProducer],
    ['1 producer x 2 consumers x capacity 1, a consumer dies anywhere', dyingConsumer],
  ])('%s: no lost wake-up, double pop, lost record or deadlock', (_, options) => {
    const verdict = explore(stampedRingModel({ ...base, ...options }))
    expect(verdict.fault).toBeUndefined()
    expect(verdict.states).toBeGreaterThan(200)
  })

  it.each<[NonNullable<ModelOptions['sabotage']>, Partial<ModelOptions>]>([
    ['noSecondLook', pair],
    ['keylessWait', pair],
    ['silentClose', pair],
    ['silentRepair', dyingConsumer],
    ['noOwner', dyingProducer],
  ])('the checker sees the protocol broken by %s', (sabotage, options) => {
    const verdict = explore(stampedRingModel({ ...base, ...options, sabotage }))
    expect(verdict.fault).toMatch(sabotage === 'noOwner' ? /lost record|deadlock/ : /^deadlock$/)
    expect(verdict.path.length).toBeGreaterThan(1)
  })
})

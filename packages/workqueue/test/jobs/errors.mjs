import { defineJobs } from '@rearm/workqueue'

class MyType extends TypeError {}
class MyDeepType extends MyType {}
class Named extends RangeError {}
Named.prototype.name = 'GivenName'
class Invalid extends Error {
  errors = [{ path: 'a', message: 'is missing' }]
}
class Several extends AggregateError {}
/** Neither cloneable nor printable. */
const bare = () => Object.assign(Object.create(null), { call: () => {} })

/** Errors of many kinds. */
export default defineJobs({
  raiseSubclass: () => {
    throw new MyType('mine')
  },
  raiseDeepSubclass: () => {
    throw new MyDeepType('mine')
  },
  raiseNamed: () => {
    throw new Named('named')
  },
  raiseRenamed: () => {
    throw Object.assign(new MyType('mine'), { name: 'TypeError' })
  },
  raiseAbort: () => {
    throw AbortSignal.abort().reason
  },
  raiseInvalid: () => {
    throw new Invalid('invalid')
  },
  raiseSeveral: () => {
    throw new Several([new MyType('one'), 'two'], 'several')
  },
  raiseWithInner: () => {
    const error = new MyType('outer')
    error.inner = new Named('inner', { cause: new MyDeepType('deep') })
    error.inner.detail = { rows: [1] }
    error.self = error
    throw error
  },
  raiseChain: () => {
    let error = new RangeError('cause 20')
    for (let i = 19; i >= 0; i--) error = new RangeError(`cause ${i}`, { cause: error })
    throw error
  },
  raiseTrap: () => {
    throw Object.defineProperty(new Error('trap'), 'trap', {
      enumerable: true,
      get() {
        throw Object.create(null)
      },
    })
  },
  raiseUndescribable: () => {
    throw Object.assign(new Error('described'), { code: 'E_ODD', odd: bare() })
  },
  raiseBare: () => {
    throw bare()
  },
  raiseInItself: () => {
    const errors = []
    const error = new AggregateError([], 'in itself', { cause: new Error('inner') })
    for (let i = 0; i < 20; i++) errors.push(error)
    error.errors = errors
    error.cause.cause = error
    throw error
  },
})

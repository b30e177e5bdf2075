import { defineJobs } from '@rearm/workqueue'

class MyType extends TypeError {}
class MyDeepType extends MyType {}
class Named extends RangeError {}
Named.prototype.name = 'GivenName'
class Invalid extends Error {
  errors = [{ path: 'a', message: 'is missing' }]
}
class Several extends AggregateError {}

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
  raiseInItself: () => {
    const errors = []
    const error = new AggregateError([], 'in itself', { cause: new Error('inner') })
    for (let i = 0; i < 20; i++) errors.push(error)
    error.errors = errors
    error.cause.cause = error
    throw error
  },
})

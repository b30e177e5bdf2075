// Jobs that kill their thread, each in its way.
export const fatal = {
  ok: (value) => value,
  exit: () => process.exit(1),
  throwLater: () => {
    setImmediate(() => {
      throw new Error('uncaught')
    })
    return new Promise(() => {})
  },
  rejectLater: () => {
    Promise.reject(new Error('unhandled'))
    return new Promise(() => {})
  },
  memory: () => {
    const kept = []
    for (;;) kept.push({ more: new Array(100).fill(Math.random()) })
  },
  abort: () => {
    for (;;) {}
  },
  claimed: () => new Promise(() => {}),
}
if (process.env.POOL_DEATH === 'load') throw new TypeError('this module does not load')

import { AsyncLocalStorage } from 'node:async_hooks'
import { defineJobs } from '@rearm/workqueue'
import other from './basic.mjs'

/** Imports another job module: this one, the entry, is the one that runs. */
export default defineJobs(
  {
    init: async ({ data, threadId }) => ({ greeting: `hello ${data}`, threadId }),
    dispose: (state) => console.log(`bye from ${state.greeting}`),
  },
  {
    greet: (/** @type {undefined} */ _, ctx) => ctx.state.greeting,
    others: () => Object.keys(other).includes('echo'),
    storage: () => typeof AsyncLocalStorage,
  },
)

import { defineJobs } from '@rearm/workqueue'

/** Results that cannot be sent, and throw when they are looked into. */
export default defineJobs({
  echo: (value) => value,
  thenGetter: () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    get then() {
      throw new Error('then getter')
    },
  }),
  throwsNull: () => ({
    get x() {
      throw null
    },
  }),
  keyWithoutPrototype: () => new Map([[Object.create(null), () => {}]]),
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
})

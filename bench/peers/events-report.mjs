// How a consumer says what it has done so far: on SIGUSR2, and on SIGTERM, which ends it (load/consumer.h).
import { writeSync } from 'node:fs'

/** Whether nobody is to read the descriptors: being told of them is all. */
export const staysReady = process.env.STAYS_READY !== undefined

/** The descriptors that the load generator has made. */
export const descriptors = process.env.DESCRIPTORS.split(',').map(Number)

/** @param {{ callbacks: number, events: number }} done counted by the caller */
export function reportWhenAsked(done) {
  const report = () => writeSync(1, `{"callbacks":${done.callbacks},"events":${done.events}}\n`)
  process.on('SIGUSR2', report)
  process.once('SIGTERM', () => {
    report()
    process.exit(0)
  })
  writeSync(1, 'ready\n')
}

import { TimerFd } from '@rearm/epoll-native'
import { Interest, type Reactor } from '@rearm/reactor'
import type { Source, Tell } from './source.js'

/** Tells of every tick of a timerfd, each `interval` ms; the kernel counts those that nobody had time for. */
export function watchTicks(reactor: Reactor, interval: number, tell: Tell): Source {
  const timer = new TimerFd()
  const period = BigInt(interval) * 1_000_000n
  timer.set({ value: period, interval: period })
  let ticks = 0n
  const registration = reactor.register(timer.fd, Interest.READABLE, () => {
    const expired = timer.read()
    if (expired === undefined) return
    ticks += expired
    const missed = expired > 1n ? `, ${expired - 1n} missed` : ''
    tell(`timer: tick ${ticks}${missed}`)
  })
  return {
    close() {
      registration.deregister()
      timer.close()
    },
  }
}

import { close, dup } from '@rearm/epoll-native/io'
import { expect } from 'vitest'
import { Interest, type Reactor, type Registration } from '../src/index.js'
import { pair, send } from './descriptors.js'

export const ignore = () => {}

/** Registrations that note their end, and whether it was over by then. */
export class Ends {
  readonly told: Registration[] = []
  readonly onEnd = (registration: Registration): void => {
    expect(registration.ended).toBe(true)
    this.told.push(registration)
  }
}

/** A oneshot that has fired. */
export function fired(reactor: Reactor, onEnd: (registration: Registration) => void): Registration {
  const [ours, theirs] = pair()
  const registration = reactor.register(ours, Interest.READABLE, ignore, { mode: 'oneshot', onEnd })
  send(theirs, 'x')
  reactor.poll(1000)
  return registration
}

export function isOpen(fd: number): boolean {
  const copy = dup(fd)
  if (copy < 0) return false
  expect(close(copy)).toBe(0)
  return true
}

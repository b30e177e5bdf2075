import { close } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { Interest } from '../../src/index.js'
import { expectClean, manualReactor, receive, send } from '../descriptors.js'
import {
  accept,
  backlogged,
  pollTimes,
  pollUntil,
  received,
  tcpConnect,
  tcpListener,
} from './support.js'

expectClean()

// The reactor alone; listeners that do this by themselves are the connections layer's.
describe('a listening socket', () => {
  test('[J1] under edge, its handler accepts until EAGAIN, and misses nobody', () => {
    const reactor = manualReactor()
    const { fd, address } = tcpListener()
    const accepted: number[] = []
    reactor.register(
      fd,
      Interest.READABLE,
      () => {
        for (let next = accept(fd); next >= 0; next = accept(fd)) accepted.push(next)
      },
      { mode: 'edge' },
    )
    for (const many of [1, 50, 2]) {
      const wanted = accepted.length + many
      for (let client = 0; client < many; client++) tcpConnect(address)
      pollUntil(reactor, () => accepted.length === wanted)
    }
    expect(pollTimes(reactor, 3)).toBe(0)
  })

  test('[J2] accepts within a budget per turn, and its connections have theirs in between', () => {
    const reactor = manualReactor()
    const { fd, address } = tcpListener()
    const budget = 4
    const clients = Array.from({ length: 30 }, () => tcpConnect(address))
    let accepted = 0
    let answered = 0
    reactor.register(
      fd,
      Interest.READABLE,
      (_, self) => {
        for (let taken = 0; taken < budget; taken++) {
          const connection = accept(fd)
          if (connection < 0) return
          accepted++
          reactor.register(connection, Interest.READABLE, (_, own) => {
            answered++
            send(connection, receive(connection))
            own.close()
          })
        }
        self.again()
      },
      { mode: 'edge' },
    )
    for (const client of clients) send(client, 'x')
    for (let turn = 1; accepted < clients.length; turn++) {
      const before = answered
      reactor.poll(-1)
      expect(accepted).toBeLessThanOrEqual(turn * budget)
      // Who was accepted in an earlier turn has been answered in this one, at the latest.
      expect(answered).toBeGreaterThanOrEqual(Math.min(before, (turn - 1) * budget))
    }
    pollUntil(reactor, () => answered === clients.length)
    for (const client of clients) expect(received(client)).toBe('x')
  })

  test('[J5] closed with a backlog, it is silent, and who waited in it is reset', () => {
    const reactor = manualReactor()
    const { fd, address } = tcpListener()
    const clients = Array.from({ length: 10 }, () => tcpConnect(address))
    backlogged(clients.length, fd)
    let told = 0
    const listener = reactor.register(fd, Interest.READABLE, () => told++)
    pollUntil(reactor, () => told > 0)
    listener.close()
    expect(pollTimes(reactor, 3)).toBe(0)
    expect(clients.map((client) => received(client))).toEqual(clients.map(() => 'errno 104'))
    for (const client of clients) close(client)
  })
})

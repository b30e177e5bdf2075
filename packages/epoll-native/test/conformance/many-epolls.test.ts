import { describe, expect, test } from 'vitest'
import { Epoll, EpollFlag, EpollOp, Errno, EventFd, epollCtl } from '../../src/index.js'
import { close } from '../../src/io/index.js'
import { accept4 } from '../../src/socket/index.js'
import { nextBatch, readyNow, tokensOf } from '../batches.js'
import { disposed, expectNoLeak, owned, readiness } from '../descriptors.js'
import { Thread } from '../programs.js'
import { connectTo, listener, nameOf, quietSocket } from '../sockets.js'

expectNoLeak()

const { IN, OUT, ET, ONESHOT, RDHUP, PRI, HUP, ERR, EXCLUSIVE, WAKEUP } = EpollFlag
const newEpoll = () => disposed(new Epoll())

describe('L. several epolls on one descriptor', () => {
  test('[L1] EXCLUSIVE is for ADD only, and only with IN, OUT, ERR, HUP, ET, WAKEUP', () => {
    const epoll = newEpoll()
    const bell = disposed(new EventFd())
    const add = (flags: number) => epollCtl(epoll.fd, EpollOp.ADD, bell.fd, EXCLUSIVE | flags)
    for (const bad of [ONESHOT, RDHUP, PRI]) {
      expect(add(IN | bad)).toBe(-Errno.EINVAL)
      expect(epollCtl(epoll.fd, EpollOp.DEL, bell.fd)).toBe(-Errno.ENOENT)
    }
    for (const good of [0, OUT, ET, WAKEUP, HUP, ERR]) {
      expect(add(IN | good)).toBe(0)
      expect(epollCtl(epoll.fd, EpollOp.MOD, bell.fd, EXCLUSIVE | IN)).toBe(-Errno.EINVAL)
      expect(epollCtl(epoll.fd, EpollOp.MOD, bell.fd, IN)).toBe(-Errno.EINVAL)
      expect(epollCtl(epoll.fd, EpollOp.DEL, bell.fd)).toBe(0)
    }
    expect(epollCtl(epoll.fd, EpollOp.ADD, newEpoll().fd, EXCLUSIVE | IN)).toBe(-Errno.EINVAL)
  })

  test('[L2] EXCLUSIVE, level-triggered: several threads accept every connection between them', async () => {
    const connections = 60
    const listening = listener(connections)
    const stop = disposed(new EventFd())
    const state = new Int32Array(new SharedArrayBuffer(8))
    const source = `
      const { state, listening, stop, connections } = workerData
      const { EpollFlag, Errno } = rearm
      const epoll = new rearm.Epoll()
      epoll.add(listening, EpollFlag.IN | EpollFlag.EXCLUSIVE, 1)
      epoll.add(stop, EpollFlag.IN, 2)
      const events = new rearm.EpollEvents(4)
      parentPort.postMessage('here')
      let strange = 0
      for (let over = false; !over; ) {
        const count = epoll.wait(events)
        for (let i = 0; i < count; i++) {
          if (events.tokenLow(i) === 2) { over = true; continue }
          // One per event: the rest is for whoever is woken next.
          const fd = net.accept4(listening, net.SocketFlag.NONBLOCK | net.SocketFlag.CLOEXEC)
          if (fd < 0) { if (fd !== -Errno.EAGAIN) strange++; continue }
          io.close(fd)
          if (Atomics.add(state, 0, 1) + 1 === connections) rearm.EventFd.write(stop)
        }
      }
      epoll.close()
      parentPort.postMessage(strange)
    `
    const threads = [1, 2, 3].map(
      () => new Thread(source, { state, listening, stop: stop.fd, connections }),
    )
    for (const thread of threads) expect(await thread.message()).toBe('here')
    for (let i = 0; i < connections; i++) connectTo(listening)
    for (const thread of threads) {
      expect(await thread.message()).toBe(0)
      await thread.ended()
    }
    expect(state[0]).toBe(connections)
  })

  test('[L3] EXCLUSIVE, edge-triggered: an accept that does not drain leaves connections waiting', () => {
    const epoll = newEpoll()
    const listening = listener()
    connectTo(listening)
    connectTo(listening)
    epoll.add(listening, IN | EXCLUSIVE | ET, 1)
    expect(tokensOf(nextBatch(epoll))).toEqual([1])
    owned(accept4(listening, quietSocket))
    // One still waits, and nobody is told of it; a second epoll, or a level-triggered one, would be.
    expect(readyNow(epoll)).toEqual([])
    expect(readiness(listening, IN, 0)).toBe(IN)
    owned(accept4(listening, quietSocket))
    expect(accept4(listening, quietSocket)).toBe(-Errno.EAGAIN)
  })

  test('[L5] with REUSEPORT each listener gets connections of its own', () => {
    const first = listener(1024, true)
    const address = nameOf(first).toAddress()
    const listeners = [first, listener(1024, true, address), listener(1024, true, address)]
    const epoll = newEpoll()
    for (const [token, fd] of listeners.entries()) epoll.add(fd, IN, token)
    const served = new Set<number>()
    let connections = 0
    // The kernel chooses by a hash of the addresses: it takes some connections until each had one.
    while (served.size < listeners.length) {
      connectTo(first)
      connections++
      for (const token of tokensOf(nextBatch(epoll))) {
        owned(accept4(listeners[token] ?? -1, quietSocket))
        served.add(token)
      }
    }
    expect(connections).toBeGreaterThanOrEqual(listeners.length)
  })

  test('[L6] a listener that is closed resets the connections in its queue, and only those', () => {
    const first = listener(1024, true)
    const second = listener(1024, true, nameOf(first).toAddress())
    const clients: number[] = []
    // Until each has one in its queue.
    while (readiness(first, IN, 0) === 0 || readiness(second, IN, 0) === 0)
      clients.push(connectTo(first))
    expect(close(second)).toBe(0)
    let accepted = 0
    for (let fd = accept4(first, quietSocket); fd >= 0; fd = accept4(first, quietSocket)) {
      owned(fd)
      accepted++
    }
    expect(accepted).toBeGreaterThan(0)
    expect(accepted).toBeLessThan(clients.length)
    // Wait for as many resets as connections are missing; then there is no further one.
    const epoll = newEpoll()
    for (const [token, fd] of clients.entries()) epoll.add(fd, ONESHOT, token)
    const reset = new Set<number>()
    while (reset.size < clients.length - accepted) {
      for (const { low, flags } of nextBatch(epoll)) {
        expect(flags).toBe(HUP | ERR)
        reset.add(low)
      }
    }
    expect(readyNow(epoll)).toEqual([])
  })
})

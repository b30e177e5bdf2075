import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Epoll, EpollFlag, EventFd } from '@rearm/epoll-native'
import { close, FcntlCommand, FdFlag, fcntl } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { Interest, Reactor } from '../../src/index.js'
import { expectClean, manualReactor, owned, pair, receive, send } from '../descriptors.js'
import { epfdOf, pollTimes, pollUntil, turnsUntil } from './support.js'

expectClean()

const ignore = () => {}

function openNumbers(): Set<number> {
  const numbers = readdirSync('/proc/self/fd').map(Number)
  // Without the descriptor with which the directory was read, whose number is the next one's.
  return new Set(numbers.filter((fd) => fcntl(fd, FcntlCommand.GETFD) >= 0))
}

/** A child with a duplicate of `fd`, which lives until its input ends. */
function holder(fd: number) {
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore', fd] })
  return {
    async end() {
      const over = once(child, 'close')
      child.stdin?.end()
      await over
    },
  }
}

describe('other processes', () => {
  test.each(['uv', 'thread'] as const)(
    '[M1] everything that a reactor opens is close-on-exec (engine %s)',
    async (engine) => {
      const before = openNumbers()
      const reactor = new Reactor({ engine })
      reactor.waker()
      const [ours, theirs] = pair()
      const opened = () => [...openNumbers()].filter((fd) => !before.has(fd))
      const check = () => {
        // At least the epoll, the bell and the waker.
        expect(opened().length).toBeGreaterThanOrEqual(3)
        expect(opened()).toContain(epfdOf(reactor))
        for (const fd of opened()) expect(fcntl(fd, FcntlCommand.GETFD) & FdFlag.CLOEXEC).toBe(1)
      }
      check()
      const registration = reactor.register(ours, Interest.READABLE, ignore)
      const child = holder(ours)
      close(ours)
      registration.close()
      send(theirs, 'x')
      await turnsUntil(() => reactor.stats().rebuilds === 1)
      check()
      reactor.close()
      await child.end()
      await turnsUntil(() => opened().every((fd) => fd === theirs))
    },
  )

  test('[M2] a child has no copy of the epoll, so that nothing it does changes the parent’s list', async () => {
    const reactor = manualReactor()
    reactor.waker()
    const [ours, theirs] = pair()
    const heard: string[] = []
    reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours)))
    const { stdout } = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' })
    expect(stdout).toMatch(/ 0 -> /)
    expect(stdout).not.toMatch(/eventpoll|eventfd/)
    const child = holder(ours)
    send(theirs, 'while it lives')
    pollUntil(reactor, () => heard.length === 1)
    await child.end()
    expect(reactor.audit().empty).toBe(true)
    send(theirs, 'after its end')
    pollUntil(reactor, () => heard.length === 2)
    expect(heard).toEqual(['while it lives', 'after its end'])
  })

  test('[M3] a descriptor that a child has inherited is closed here without a ghost', async () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, ignore)
    const child = holder(ours)
    registration.close()
    send(theirs, 'for the child')
    expect(pollTimes(reactor, 3)).toBe(0)
    expect(reactor.stats()).toMatchObject({ events: 0, ghosts: 0 })
    await child.end()
    // With its last copy the connection went.
    expect(receive(theirs)).toMatch(/^(errno 104)?$/)
  })

  test('[M3] closed behind the reactor’s back while a child holds it, it is a ghost, and goes', async () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, ignore)
    const child = holder(ours)
    close(ours)
    registration.close()
    send(theirs, 'x')
    expect(reactor.poll(1000)).toBe(0)
    expect(pollTimes(reactor, 10)).toBe(0)
    expect(reactor.stats()).toMatchObject({ events: 1, ghosts: 1, rebuilds: 1 })
    await child.end()
    expect(pollTimes(reactor, 3)).toBe(0)
  })
})

describe('[M4] nested', () => {
  test('an epoll is a descriptor like any other', () => {
    const reactor = manualReactor()
    using inner = new Epoll()
    const bell = owned(new EventFd().release())
    inner.add(bell, EpollFlag.IN)
    let told = 0
    const registration = reactor.register(inner.fd, Interest.READABLE, () => told++)
    expect(reactor.poll(0)).toBe(0)
    EventFd.write(bell)
    expect(reactor.poll(0)).toBe(1)
    registration.deregister()
    expect(told).toBe(1)
  })

  test('circles are refused with ELOOP, and take no slot', () => {
    const reactor = manualReactor({ capacity: 1 })
    using inner = new Epoll()
    inner.add(epfdOf(reactor), EpollFlag.IN)
    expect(() => reactor.register(inner.fd, Interest.READABLE, ignore)).toThrow(
      expect.objectContaining({ code: 'ELOOP' }),
    )
    const [ours] = pair()
    reactor.register(ours, Interest.READABLE, ignore)
  })

  test('the event loop hears an attached reactor, which hears an epoll of its own', async () => {
    const reactor = new Reactor()
    using inner = new Epoll()
    const bell = owned(new EventFd().release())
    inner.add(bell, EpollFlag.IN)
    let told = 0
    reactor.register(inner.fd, Interest.READABLE, (_, self) => {
      told++
      self.deregister()
    })
    EventFd.write(bell)
    await turnsUntil(() => told === 1)
    expect(reactor.audit().empty).toBe(true)
    reactor.close()
    await new Promise(setImmediate)
  })
})

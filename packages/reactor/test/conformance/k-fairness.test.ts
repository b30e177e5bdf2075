import { EventFd } from '@rearm/epoll-native'
import { describe, expect, test } from 'vitest'
import { Interest, type Registration } from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { expectClean, manualReactor, owned, pair, receive, send } from '../descriptors.js'
import { pollTimes, pollUntil } from './support.js'

expectClean()

describe('fairness', () => {
  test.each([1, 2, 3, 16])(
    '[K1] with %i events per turn, no hot descriptor delays a quiet one by more than a round',
    (batch) => {
      const hot = 8
      const reactor = manualReactor({ batch })
      const calls = new Map<number, number>()
      // Never drained, so always ready.
      for (let index = 0; index < hot; index++) {
        const [ours, theirs] = pair()
        send(theirs, 'never drained')
        reactor.register(ours, Interest.READABLE, (_, { fd }) => {
          calls.set(fd, (calls.get(fd) ?? 0) + 1)
        })
      }
      const [quiet, peer] = pair()
      let heard = 0
      reactor.register(quiet, Interest.READABLE, () => {
        receive(quiet)
        heard++
      })
      pollTimes(reactor, 10)
      for (let round = 1; round <= 20; round++) {
        send(peer, 'x')
        let turns = 0
        while (heard < round) {
          reactor.poll(0)
          turns++
          expect(turns).toBeLessThanOrEqual(Math.ceil((hot + 1) / batch))
        }
      }
      const counts = [...calls.values()]
      expect(counts).toHaveLength(hot)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    },
  )

  test('[K1] who asks for turn after turn has one per batch, and holds up nobody', () => {
    const reactor = manualReactor()
    let hot = 0
    const [greedy] = pair()
    reactor
      .register(
        greedy,
        Interest.READABLE,
        (_, self) => {
          hot++
          self.again()
          self.again()
        },
        { mode: 'edge' },
      )
      .again()
    const [quiet, peer] = pair()
    let heard = 0
    reactor.register(quiet, Interest.READABLE, () => {
      receive(quiet)
      heard++
    })
    for (let turn = 1; turn <= 20; turn++) {
      send(peer, 'x')
      expect(reactor.poll(-1)).toBe(2)
      expect([hot, heard]).toEqual([turn, turn])
    }
  })

  test('[K2] an edge whose budget runs out before its input asks for another turn and loses nothing', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const heard: string[] = []
    const budget = 2
    reactor.register(
      ours,
      Interest.READABLE,
      (readiness, self) => {
        expect(readiness).not.toBe(0)
        for (let read = 0; read < budget; read++) {
          const text = receive(ours, 1)
          if (text.startsWith('errno')) return
          heard.push(text)
        }
        self.again()
      },
      { mode: 'edge' },
    )
    const text = 'seventeen letters'
    send(theirs, text)
    let turns = 0
    while (heard.length < text.length) {
      // Never more than the budget, and never a wait between.
      expect(reactor.poll(-1)).toBe(1)
      turns++
      expect(heard.length).toBe(Math.min(text.length, turns * budget))
    }
    expect(heard.join('')).toBe(text)
    expect(pollTimes(reactor, 3)).toBe(0)
    send(theirs, '!')
    expect(reactor.poll(-1)).toBe(1)
    expect(heard.at(-1)).toBe('!')
  })

  test('[K2] a turn that was asked for ends with the registration, its loan and its disarming', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [one, onePeer] = pair()
    const [two] = pair()
    let called = 0
    const oneshot = reactor.register(one, Interest.READABLE, () => called++, { mode: 'oneshot' })
    const level = reactor.register(two, Interest.READABLE, () => called++)
    level.again()
    level.disarm()
    expect(pollTimes(reactor, 2)).toBe(0)
    level.again()
    level.deregister()
    expect(pollTimes(reactor, 2)).toBe(0)
    send(onePeer, 'x')
    expect(reactor.poll(0)).toBe(1)
    oneshot.again()
    const loan = desk.borrow(oneshot.lend())
    expect(pollTimes(reactor, 2)).toBe(0)
    loan.finish()
    pollUntil(reactor, () => oneshot.ended)
    expect(called).toBe(1)
  })

  test('[K2] a turn that was asked for in vain does not end a wait early', () => {
    const reactor = manualReactor()
    const [one, two] = pair()
    const ending = reactor.register(one, Interest.READABLE, () => {})
    const disarmed = reactor.register(two, Interest.READABLE, () => {})
    ending.again()
    ending.deregister()
    disarmed.again()
    disarmed.disarm()
    const before = performance.now()
    expect(reactor.poll(10)).toBe(0)
    expect(performance.now() - before).toBeGreaterThanOrEqual(10)
  })

  test('[K2] a turn is told what was asked for, all askings together', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const seen: number[] = []
    const registration = reactor.register(ours, Interest.READABLE, (bits) => seen.push(bits))
    registration.again(Interest.WRITABLE)
    registration.again()
    expect(reactor.poll(-1)).toBe(1)
    registration.again()
    expect(reactor.poll(-1)).toBe(1)
    expect(seen).toEqual([Interest.READABLE | Interest.WRITABLE, Interest.READABLE])
  })

  test('[K3] more events than a batch holds: all are told, once each, in bounded batches', () => {
    const reactor = manualReactor({ batch: 1024 })
    const many = 2500
    const calls = new Map<number, number>()
    for (let index = 0; index < many; index++) {
      const bell = owned(new EventFd({ initial: 1 }).release())
      reactor.register(
        bell,
        Interest.READABLE,
        (_, { fd }) => {
          calls.set(fd, (calls.get(fd) ?? 0) + 1)
          EventFd.write(bell)
        },
        { mode: 'oneshot' },
      )
    }
    expect([reactor.poll(-1), reactor.poll(-1), reactor.poll(-1)]).toEqual([1024, 1024, 452])
    expect(reactor.poll(0)).toBe(0)
    expect([...calls.values()]).toEqual(new Array(many).fill(1))
  })

  test('[K3] more than 1024 messages of one peer, one per turn, all arrive in order', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const heard: number[] = []
    reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours, 1).charCodeAt(0)))
    const many = 1500
    send(
      theirs,
      Array.from({ length: many }, (_, n) => String.fromCharCode(32 + (n % 90))).join(''),
    )
    expect(pollTimes(reactor, many)).toBe(many)
    expect(reactor.poll(0)).toBe(0)
    expect(heard).toEqual(Array.from({ length: many }, (_, n) => 32 + (n % 90)))
  })

  test('[K6] a full queue pauses reading, and what came meanwhile is read when it is resumed', () => {
    const reactor = manualReactor()
    const capacity = 4
    const queue: string[] = []
    const done: string[] = []
    const sources: Registration[] = []
    const peers: number[] = []
    for (const mode of ['level', 'edge', 'oneshot'] as const) {
      const [ours, theirs] = pair()
      peers.push(theirs)
      sources.push(
        reactor.register(
          ours,
          Interest.READABLE,
          (_, self) => {
            if (queue.length === capacity) return self.disarm()
            const letter = receive(ours, 1)
            // A turn that an edge asked for after its last letter.
            if (letter.startsWith('errno')) return
            queue.push(letter)
            // What is left of the input is asked for, as each mode wants it.
            if (mode === 'edge') self.again()
            if (mode === 'oneshot') self.rearm()
          },
          { mode },
        ),
      )
    }
    const text = 'abcdefghij'
    for (const peer of peers) send(peer, text)
    pollTimes(reactor, 10)
    expect(queue).toHaveLength(capacity)
    // Paused: nothing is called, and the reactor would wait.
    expect(pollTimes(reactor, 3)).toBe(0)
    while (done.length < 3 * text.length) {
      done.push(...queue.splice(0))
      for (const source of sources) source.rearm()
      pollTimes(reactor, 4)
    }
    expect(done.sort().join('')).toBe([...text].map((letter) => letter.repeat(3)).join(''))
  })
})

import { EventFd } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { Interest, RemoteWaker, WakerClosedError } from '../../src/index.js'
import { expectClean, manualReactor, owned, pair, send } from '../descriptors.js'
import { runChild } from './children.js'
import { pollTimes, pollUntil } from './support.js'
import { ended, nextMessage, sharedWords, startWorker, waitForWord } from './threads.js'

expectClean()

interface Rings {
  readonly code?: string
  readonly rings: number
}

describe('wakers', () => {
  test('[G1] rings that nobody has heard yet are one', () => {
    const reactor = manualReactor()
    let heard = 0
    const waker = reactor.waker(() => heard++)
    for (let ring = 0; ring < 1000; ring++) waker.wake()
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(heard).toBe(1)
    expect(reactor.stats()).toMatchObject({ events: 1, registrations: 0 })
  })

  test('[G2] rings between which it was heard are as many wake-ups', () => {
    const reactor = manualReactor()
    let heard = 0
    const waker = reactor.waker(() => heard++)
    for (let ring = 1; ring <= 100; ring++) {
      waker.wake()
      expect(reactor.poll(-1)).toBe(1)
      expect(heard).toBe(ring)
    }
  })

  test('[G2] a ring in its own handler is heard in the next wait', () => {
    const reactor = manualReactor()
    let heard = 0
    const waker = reactor.waker(() => {
      heard++
      if (heard === 1) waker.wake()
    })
    waker.wake()
    expect(reactor.poll(-1)).toBe(1)
    expect(reactor.poll(-1)).toBe(1)
    expect(reactor.poll(0)).toBe(0)
  })

  test('[G2] each of several wakers calls its own handler', () => {
    const reactor = manualReactor()
    const heard: string[] = []
    const [one, two] = [
      reactor.waker(() => heard.push('one')),
      reactor.waker(() => heard.push('two')),
    ]
    one.wake()
    two.wake()
    expect(reactor.poll(-1)).toBe(2)
    two.wake()
    expect(reactor.poll(-1)).toBe(1)
    expect(heard).toEqual(['one', 'two', 'two'])
  })

  test('[G3] a ring before the wait, from another thread, ends it', async () => {
    const reactor = manualReactor()
    const words = sharedWords(1)
    const worker = startWorker('ringer', { words: words.buffer })
    await nextMessage(worker)
    let heard = 0
    const waker = reactor.waker(() => heard++)
    worker.postMessage({ name: 'ring', waker: waker.share(), times: 3 })
    waitForWord(words, 0, 3)
    expect(reactor.poll(-1)).toBe(1)
    expect(heard).toBe(1)
    expect(reactor.poll(0)).toBe(0)
    expect(await nextMessage<Rings>(worker)).toEqual({ code: undefined, rings: 3 })
    const over = ended(worker)
    worker.postMessage({ name: 'end' })
    await over
  })

  test('[G3] rings of two threads during waits are all heard in the end', async () => {
    const reactor = manualReactor()
    const wordsOf = [sharedWords(1), sharedWords(1)]
    const workers = wordsOf.map((words) => startWorker('ringer', { words: words.buffer }))
    await Promise.all(workers.map((worker) => nextMessage(worker)))
    const rings = 2000
    // What was rung before the handler ran is seen by it: the last one sees everything.
    let seen = 0
    const waker = reactor.waker(() => {
      seen = wordsOf.reduce((sum, words) => sum + Atomics.load(words, 0), 0)
    })
    for (const worker of workers) {
      worker.postMessage({ name: 'ring', waker: waker.share(), times: rings })
    }
    // Each counts after it rang, so one ring may be uncounted per thread when the last is heard.
    pollUntil(reactor, () => seen >= 2 * rings - 2)
    await Promise.all(workers.map((worker) => nextMessage(worker)))
    const over = workers.map(ended)
    for (const worker of workers) worker.postMessage({ name: 'end' })
    await Promise.all(over)
    pollTimes(reactor, 2)
  })

  test('[G5] a ring that races close is heard or refused, and never hits the number’s next owner', async () => {
    const reactor = manualReactor()
    const words = sharedWords(1)
    const worker = startWorker('ringer', { words: words.buffer })
    await nextMessage(worker)
    for (let round = 0; round < 100; round++) {
      Atomics.store(words, 0, 0)
      const waker = reactor.waker()
      worker.postMessage({ name: 'race', waker: waker.share() })
      waitForWord(words, 0, 1 + (round % 7))
      waker.close()
      // Eventfds that are given the number at once: a late write would make one of them readable.
      const heirs = [new EventFd(), new EventFd(), new EventFd()]
      const { code } = await nextMessage<Rings>(worker)
      expect(code).toBe('ERR_REACTOR_WAKER_CLOSED')
      for (const heir of heirs) {
        expect(heir.read()).toBeUndefined()
        heir.close()
      }
    }
    expect(pollTimes(reactor, 3)).toBe(0)
    const over = ended(worker)
    worker.postMessage({ name: 'end' })
    await over
  })

  test('[G5] while a thread is in the middle of a ring, the number is not given up', () => {
    const reactor = manualReactor()
    const waker = reactor.waker()
    const state = new Int32Array(waker.share().state)
    const [, , fd = -1] = state
    // As if that thread had been killed there: it has counted itself in, and never counts itself out.
    Atomics.add(state, 0, 1)
    waker.close()
    expect(waker.closed).toBe(true)
    expect(EventFd.write(fd)).toBe(true)
    expect(pollTimes(reactor, 2)).toBe(0)
    expect(() => waker.wake()).toThrow(WakerClosedError)
    expect(close(fd)).toBe(0)
  })

  test('[G5] a closed waker refuses both ends, and closes once', () => {
    const reactor = manualReactor()
    let heard = 0
    const waker = reactor.waker(() => heard++)
    const remote = new RemoteWaker(waker.share())
    waker.wake()
    waker.close()
    waker.close()
    expect(waker.closed).toBe(true)
    expect(() => waker.wake()).toThrow(WakerClosedError)
    expect(() => remote.wake()).toThrow(WakerClosedError)
    expect(pollTimes(reactor, 2)).toBe(0)
    expect(heard).toBe(0)
  })

  test('[G5] a waker may close itself, and be dropped from a batch by another', () => {
    const reactor = manualReactor()
    let heard = 0
    const end = () => {
      heard++
      one.close()
      two.close()
    }
    const [one, two] = [reactor.waker(end), reactor.waker(end)]
    one.wake()
    two.wake()
    expect(reactor.poll(0)).toBe(1)
    expect(pollTimes(reactor, 2)).toBe(0)
    expect(heard).toBe(1)
  })

  test('[G6] a waker that was rung does not keep the wait from waiting', () => {
    const reactor = manualReactor()
    const waker = reactor.waker()
    for (let ring = 0; ring < 10; ring++) {
      waker.wake()
      reactor.poll(-1)
    }
    const { waits, events } = reactor.stats()
    for (let turn = 0; turn < 5; turn++) {
      const before = performance.now()
      expect(reactor.poll(5)).toBe(0)
      expect(performance.now() - before).toBeGreaterThanOrEqual(5)
    }
    expect(reactor.stats()).toMatchObject({ waits: waits + 5, events })
  })

  test('[G6] the bell of returned loans and a ready descriptor share a batch and do not spin', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const bell = owned(new EventFd().release())
    reactor.register(ours, Interest.READABLE, () => {}, { mode: 'edge' })
    reactor.register(bell, Interest.READABLE, () => {})
    send(theirs, 'x')
    reactor.waker().wake()
    expect(pollTimes(reactor, 5)).toBe(2)
    expect(reactor.stats().events).toBe(2)
  })

  test('[G7] a signal neither ends nor shortens a wait', async () => {
    const { code, lines } = await runChild('signals')
    expect(lines).toEqual(['the kernel: EINTR', 'the reactor: 0, in time', 'the waker: 1'])
    expect(code).toBe(0)
  })
})

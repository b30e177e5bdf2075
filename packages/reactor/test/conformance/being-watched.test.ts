import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { EpollFlag } from '@rearm/epoll-native'
import { close, dup } from '@rearm/epoll-native/io'
import { expect, test } from 'vitest'
import { type BatchMessage, Interest, type RebuildMessage } from '../../src/index.js'
import { expectClean, manualReactor, owned, pair, send } from '../descriptors.js'
import { pollTimes, pollUntil } from './support.js'

expectClean()

/** Hears a channel while `run` runs, and returns what it heard. */
function heardOf<T>(name: string, run: () => void): T[] {
  const heard: T[] = []
  const listener = (message: unknown) => heard.push(message as T)
  channel(name).subscribe(listener)
  try {
    run()
  } finally {
    channel(name).unsubscribe(listener)
  }
  return heard
}

test('rearm:reactor:batch tells of each batch, and of what its handlers threw', () => {
  const reactor = manualReactor({ onError: () => {} })
  const [ours, theirs] = pair()
  const thrown = new Error('thrown')
  reactor.register(
    ours,
    Interest.READABLE,
    () => {
      throw thrown
    },
    { mode: 'edge' },
  )
  send(theirs, 'x')
  const heard = heardOf<BatchMessage>('rearm:reactor:batch', () => pollTimes(reactor, 2))
  expect(heard).toHaveLength(2)
  expect(heard[0]).toEqual({ reactor, events: 1, delivered: 1, errors: [thrown] })
  expect(heard[1]).toEqual({ reactor, events: 0, delivered: 0, errors: [] })
})

test('rearm:reactor:rebuild tells that a ghost was found and is gone', () => {
  const reactor = manualReactor()
  const [ours, theirs] = pair()
  const registration = reactor.register(ours, Interest.READABLE, () => {})
  owned(dup(ours))
  close(ours)
  registration.close()
  send(theirs, 'x')
  const heard = heardOf<RebuildMessage>('rearm:reactor:rebuild', () =>
    pollUntil(reactor, () => reactor.stats().rebuilds === 1),
  )
  expect(heard).toEqual([{ reactor }])
})

test('keepContext calls the handler in the AsyncLocalStorage context of its registering', () => {
  const storage = new AsyncLocalStorage<string>()
  const reactor = manualReactor()
  const seen: (string | undefined)[] = []
  const handler = (readiness: number) => {
    expect(readiness & EpollFlag.IN).toBe(EpollFlag.IN)
    seen.push(storage.getStore())
  }
  for (const keepContext of [true, false]) {
    const [ours, theirs] = pair()
    storage.run(`registered, ${keepContext}`, () => {
      reactor.register(ours, Interest.READABLE, handler, { mode: 'edge', keepContext })
    })
    send(theirs, 'x')
    storage.run('polled', () => pollUntil(reactor, () => seen.length > (keepContext ? 0 : 1)))
  }
  expect(seen).toEqual(['registered, true', 'polled'])
})

import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Epoll, EpollEvents, EpollFlag, EpollWatcher, EventFd } from '../../src/index.js'
import { disposed, expectNoLeak } from '../descriptors.js'

expectNoLeak()

/** An epoll with `count` eventfds that stay ready. */
function readyEpoll(count: number): Epoll {
  const epoll = disposed(new Epoll())
  for (let index = 0; index < count; index++) {
    epoll.add(disposed(new EventFd({ initial: 1 })).fd, EpollFlag.IN, index)
  }
  return epoll
}

/** What the turns of the loop brought, turn by turn: the counts of their batches. */
async function batchesOfTurns(epoll: Epoll, events: EpollEvents, turns: number) {
  let batches: number[] = []
  disposed(new EpollWatcher(epoll, events, (count) => batches.push(count), { engine: 'uv' }))
  const seen: number[][] = []
  while (seen.length < turns) {
    batches = []
    await turn()
    if (batches.length > 0) seen.push(batches)
  }
  return seen
}

test('under load a turn brings batch after batch, but no more events than the array holds', async () => {
  for (const batches of await batchesOfTurns(readyEpoll(8), new EpollEvents(32), 3)) {
    expect(batches).toEqual([8, 8, 8, 8])
  }
})

test('the last batch of a turn is cut to what the turn has left', async () => {
  for (const batches of await batchesOfTurns(readyEpoll(8), new EpollEvents(20), 3)) {
    expect(batches).toEqual([8, 8, 4])
  }
})

test('a turn has a bounded number of batches, however large the array', async () => {
  for (const batches of await batchesOfTurns(readyEpoll(8), new EpollEvents(4096), 3)) {
    expect(batches).toEqual(new Array(16).fill(8))
  }
})

test('small batches too come one after the other in a turn, while there is one', async () => {
  for (const batches of await batchesOfTurns(readyEpoll(2), new EpollEvents(20), 3)) {
    expect(batches).toEqual(new Array(10).fill(2))
  }
  for (const batches of await batchesOfTurns(readyEpoll(1), new EpollEvents(64), 3)) {
    expect(batches).toEqual(new Array(16).fill(1))
  }
})

test('while small batches leave nothing a turn seldom asks again, and sees within 64 turns that one does', async () => {
  const bell = disposed(new EventFd())
  const epoll = disposed(new Epoll())
  epoll.add(bell.fd, EpollFlag.IN)
  let batches = 0
  let drained = true
  disposed(
    new EpollWatcher(
      epoll,
      new EpollEvents(64),
      () => {
        batches++
        if (drained) bell.read()
      },
      { engine: 'uv' },
    ),
  )
  for (let turns = 0; turns < 200; turns++) {
    batches = 0
    bell.write()
    while (batches === 0) await turn()
    expect(batches).toBe(1)
  }
  drained = false
  bell.write()
  let single = 0
  for (; batches < 16; single++) {
    batches = 0
    while (batches === 0) await turn()
    expect([1, 16]).toContain(batches)
  }
  expect(single).toBeLessThanOrEqual(64)
})

test('a watcher closed in a batch delivers none after it in that turn', async () => {
  let batches = 0
  const watcher = new EpollWatcher(readyEpoll(8), new EpollEvents(64), () => {
    batches++
    watcher.close()
  })
  while (batches === 0) await turn()
  await turn()
  expect(batches).toBe(1)
})

test('a handler that returns false has had the only batch of its turn', async () => {
  let batches = 0
  disposed(
    new EpollWatcher(readyEpoll(8), new EpollEvents(64), () => {
      batches++
      return false
    }),
  )
  for (let seen = 0; seen < 3; ) {
    batches = 0
    await turn()
    if (batches > 0) seen++
    expect(batches).toBeLessThanOrEqual(1)
  }
})

test('an array that is released in a batch ends the watching, and is reported once', async () => {
  const events = new EpollEvents(64)
  let batches = 0
  const errors: unknown[] = []
  const uncaught = (error: unknown) => errors.push(error)
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught)
  const watcher = new EpollWatcher(readyEpoll(8), events, () => {
    batches++
    events.release()
  })
  while (!watcher.closed) await turn()
  process.removeAllListeners('uncaughtException')
  for (const listener of others) process.on('uncaughtException', listener)
  expect(batches).toBe(1)
  expect(errors).toMatchObject([{ code: 'EFAULT' }])
})

test('another epoll that is attached in a batch has the next one of the turn', async () => {
  const counts: number[] = []
  const few = readyEpoll(5)
  const watcher = new EpollWatcher(readyEpoll(8), new EpollEvents(64), (count) => {
    counts.push(count)
    if (counts.length === 2) watcher.reattach(few)
    if (counts.length === 4) watcher.close()
  })
  while (!watcher.closed) await turn()
  expect(counts).toEqual([8, 8, 5, 5])
})

test('promises and ticks of a batch run before the next one of its turn', async () => {
  const order: string[] = []
  const watcher = new EpollWatcher(readyEpoll(8), new EpollEvents(16), () => {
    order.push('batch')
    process.nextTick(() => order.push('tick'))
    void Promise.resolve().then(() => order.push('promise'))
    if (order.length > 3) watcher.close()
  })
  while (!watcher.closed) await turn()
  expect(order).toEqual(['batch', 'tick', 'promise', 'batch', 'tick', 'promise'])
})

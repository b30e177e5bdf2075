import { describe, expect, test } from 'vitest'
import { Epoll, EpollEvents, EpollFlag, EpollWatcher, EventFd } from '../../src/index.js'
import { close } from '../../src/io/index.js'
import { disposed, expectNoLeak } from '../descriptors.js'
import { untyped } from '../untyped.js'
import { belled, engines, until, watchBy } from '../watchers.js'

expectNoLeak()

describe.each(engines)('EpollWatcher by $engine', ({ engine }) => {
  const watch = watchBy(engine)

  test('enters the handler on the event loop with the count and the array', async () => {
    const { epoll, bell } = belled(7)
    const events = new EpollEvents(4)
    const seen: unknown[] = []
    const watcher = watch(
      epoll,
      (count, batch) => {
        seen.push(count, batch === events, batch.tokenLow(0), batch.flags(0), bell.read())
      },
      events,
    )
    expect(watcher.engine).toBe(engine)
    bell.write(3)
    expect(seen).toEqual([])
    await until(() => seen.length > 0)
    expect(seen).toEqual([1, true, 7, EpollFlag.IN, 3n])
    bell.write(4)
    await until(() => seen.length > 5)
    expect(seen.slice(5)).toEqual([1, true, 7, EpollFlag.IN, 4n])
  })

  test('sees what was ready before it was made', async () => {
    const { epoll, bell } = belled(1, 5)
    let read: bigint | undefined
    watch(epoll, () => {
      read = bell.read()
    })
    await until(() => read !== undefined)
    expect(read).toBe(5n)
  })

  test('delivers again what stays ready', async () => {
    const { epoll, bell } = belled(1, 1)
    let batches = 0
    watch(epoll, () => {
      if (++batches === 5) bell.read()
    })
    await until(() => batches === 5)
  })

  test('more events than the array holds come over several turns, none is lost', async () => {
    const epoll = disposed(new Epoll())
    const bells = Array.from({ length: 50 }, (_, token) => {
      const bell = disposed(new EventFd({ initial: 1 }))
      epoll.add(bell.fd, EpollFlag.IN | EpollFlag.ET, token)
      return bell
    })
    const tokens: number[] = []
    const counts: number[] = []
    let turns = 0
    const turnsAtBatch: number[] = []
    watch(
      epoll,
      (count, events) => {
        counts.push(count)
        turnsAtBatch.push(turns)
        for (let i = 0; i < count; i++) tokens.push(events.tokenLow(i))
        setImmediate(() => turns++)
      },
      new EpollEvents(8),
    )
    await until(() => tokens.length >= bells.length)
    expect(tokens.sort((a, b) => a - b)).toEqual(bells.map((_, token) => token))
    expect(Math.max(...counts)).toBe(8)
    // One batch a turn: what others scheduled runs between two batches. (The thread may ring twice in a turn.)
    if (engine === 'uv') expect(turnsAtBatch).toEqual(turnsAtBatch.map((_, batch) => batch))
  })

  test('promises of one batch settle before the next', async () => {
    const { epoll, bell } = belled(1, 1)
    const order: string[] = []
    watch(epoll, () => {
      order.push('batch')
      if (order.length > 4) bell.read()
      void Promise.resolve().then(() => order.push('promise'))
    })
    await until(() => order.length >= 6)
    expect(order).toEqual(['batch', 'promise', 'batch', 'promise', 'batch', 'promise'])
  })

  test('takes the number of an epoll as well', async () => {
    const { epoll, bell } = belled(1, 1)
    let batches = 0
    watch(epoll.fd, () => {
      batches++
      bell.read()
    })
    await until(() => batches === 1)
  })

  test('two watchers with one array: each batch is whole while its handler runs', async () => {
    const events = new EpollEvents(4)
    const pairs = [belled(10), belled(20)]
    const seen: number[] = []
    for (const { epoll, bell } of pairs) {
      watch(
        epoll,
        (_, batch) => {
          seen.push(batch.tokenLow(0))
          bell.read()
        },
        events,
      )
    }
    for (const { bell } of pairs) bell.write()
    await until(() => seen.length === 2)
    expect(seen.sort((a, b) => a - b)).toEqual([10, 20])
  })

  test('several watchers on one epoll: an edge reaches one of them', async () => {
    const epoll = disposed(new Epoll())
    const bell = disposed(new EventFd())
    epoll.add(bell.fd, EpollFlag.IN | EpollFlag.ET, 1)
    let batches = 0
    for (let i = 0; i < 3; i++) {
      watch(epoll, () => {
        batches++
      })
    }
    for (let edge = 1; edge <= 10; edge++) {
      bell.write()
      await until(() => batches === edge)
    }
  })

  test('an epoll that is rebuilt within the batch: add, modify, delete in the handler', async () => {
    const { epoll, bell } = belled(1, 1)
    const other = disposed(new EventFd({ initial: 1 }))
    const tokens: number[] = []
    const watcher = watch(epoll, (count, events) => {
      for (let i = 0; i < count; i++) tokens.push(events.tokenLow(i))
      if (tokens.length === 1) {
        epoll.delete(bell.fd)
        epoll.add(other.fd, EpollFlag.IN, 2)
      } else if (tokens.length === 2) {
        epoll.modify(other.fd, EpollFlag.IN, 3)
      } else {
        watcher.close()
      }
    })
    await until(() => watcher.closed)
    expect(tokens).toEqual([1, 2, 3])
  })
})

describe('the engine', () => {
  test('is uv by default on Node', () => {
    const { epoll } = belled()
    expect(disposed(new EpollWatcher(epoll, new EpollEvents(1), () => {})).engine).toBe('uv')
  })

  test('is one of two', () => {
    const { epoll } = belled()
    for (const engine of ['', 'libuv', null, 1, {}]) {
      const open = () =>
        new EpollWatcher(epoll, new EpollEvents(1), () => {}, { engine: untyped(engine) })
      expect(open).toThrow(TypeError)
    }
  })
})

test('a descriptor closed behind its back is reported by the object, not by the watcher', async () => {
  const { epoll, bell } = belled(1, 1)
  let batches = 0
  disposed(
    new EpollWatcher(epoll, new EpollEvents(1), () => {
      batches++
      bell.read()
    }),
  )
  close(epoll.fd)
  await until(() => batches === 1)
  expect(() => epoll.close()).toThrow(expect.objectContaining({ code: 'EBADF' }))
})

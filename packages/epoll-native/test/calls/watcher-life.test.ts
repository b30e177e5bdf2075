import { describe, expect, test } from 'vitest'
import { Epoll, EpollEvents, EpollWatcher, EventFd, SystemError } from '../../src/index.js'
import { dup3 } from '../../src/io/index.js'
import { disposed, expectNoLeak, openDescriptors } from '../descriptors.js'
import { untyped } from '../untyped.js'
import { belled, engines, until, watchBy } from '../watchers.js'

expectNoLeak()

describe.each(engines)('EpollWatcher by $engine', ({ engine }) => {
  const watch = watchBy(engine)

  test('a watcher closed within its batch delivers no other', async () => {
    const { epoll } = belled(1, 1)
    let batches = 0
    const watcher = watch(epoll, () => {
      batches++
      watcher.close()
      watcher.close()
    })
    await until(() => batches > 0)
    expect(watcher.closed).toBe(true)
    // Another one, on the same epoll, is delivered to meanwhile.
    let others = 0
    watch(epoll, () => {
      others++
    })
    await until(() => others > 5)
    expect(batches).toBe(1)
  })

  test('one watcher can close another that is due in the same turn', async () => {
    const first = belled(1, 1)
    const second = belled(2, 1)
    const delivered: number[] = []
    const watchers = [first, second].map(({ epoll }, index) =>
      watch(epoll, (_, events) => {
        delivered.push(events.tokenLow(0))
        watchers[1 - index]?.close()
      }),
    )
    await until(() => delivered.length > 5)
    expect(new Set(delivered).size).toBe(1)
  })

  test('closing gives its descriptors back at once, a second time does nothing', () => {
    const { epoll } = belled()
    const before = openDescriptors().size
    const watcher = new EpollWatcher(epoll, new EpollEvents(1), () => {}, { engine })
    expect(openDescriptors().size).toBeGreaterThan(before)
    expect(watcher.closed).toBe(false)
    watcher[Symbol.dispose]()
    expect(openDescriptors().size).toBe(before)
    expect(watcher.closed).toBe(true)
    watcher.close()
  })

  test('the original epoll may be closed under it: the watching goes on', async () => {
    const { epoll, bell } = belled(9)
    let tokens = 0
    watch(epoll, (_, events) => {
      tokens += events.tokenLow(0)
      bell.read()
    })
    epoll.close()
    bell.write()
    await until(() => tokens === 9)
  })

  test('what is open but no epoll is EINVAL, what is not open EBADF, and nothing leaks', () => {
    const bell = disposed(new EventFd())
    const events = new EpollEvents(1)
    const open = (fd: number) => () => new EpollWatcher(fd, events, () => {}, { engine })
    expect(open(bell.fd)).toThrow(expect.objectContaining({ code: 'EINVAL', syscall: 'epoll_ctl' }))
    expect(open(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    const epoll = new Epoll()
    epoll.close()
    expect(() => new EpollWatcher(epoll, events, () => {}, { engine })).toThrow(SystemError)
  })

  test('wrong arguments are refused', () => {
    const { epoll } = belled()
    const events = new EpollEvents(1)
    const options = { engine }
    expect(() => new EpollWatcher(epoll, events, untyped(undefined), options)).toThrow(TypeError)
    expect(() => new EpollWatcher(epoll, events, untyped({}), options)).toThrow(TypeError)
    expect(() => new EpollWatcher(epoll, untyped({}), () => {}, options)).toThrow(TypeError)
    expect(() => new EpollWatcher(untyped('3'), events, () => {}, options)).toThrow(TypeError)
    expect(() => new EpollWatcher(0.5, events, () => {}, options)).toThrow(RangeError)
  })

  test('reattach() watches another epoll', async () => {
    const old = belled(1)
    const next = belled(2)
    const tokens: number[] = []
    const watcher = watch(old.epoll, (_, events) => {
      tokens.push(events.tokenLow(0))
      next.bell.read()
    })
    watcher.reattach(next.epoll)
    old.bell.write()
    next.bell.write()
    await until(() => tokens.length > 0)
    next.bell.write()
    await until(() => tokens.length > 1)
    expect(tokens).toEqual([2, 2])
  })

  test('reattach() follows a number to which dup3 gave another epoll', async () => {
    const old = belled(1)
    const next = belled(2)
    const tokens: number[] = []
    const watcher = watch(old.epoll, (_, events) => {
      tokens.push(events.tokenLow(0))
      next.bell.read()
    })
    expect(dup3(next.epoll.fd, old.epoll.fd, 0)).toBe(old.epoll.fd)
    watcher.reattach(old.epoll)
    old.bell.write()
    next.bell.write()
    await until(() => tokens.length > 0)
    expect(tokens).toEqual([2])
  })

  test('reattach() within the batch', async () => {
    const old = belled(1, 1)
    const next = belled(2, 1)
    const tokens: number[] = []
    const watcher = watch(old.epoll, (_, events) => {
      tokens.push(events.tokenLow(0))
      if (tokens.length === 1) watcher.reattach(next.epoll)
      else watcher.close()
    })
    await until(() => watcher.closed)
    expect(tokens).toEqual([1, 2])
  })

  test('a reattach() that fails leaves the old epoll watched', async () => {
    const { epoll, bell } = belled(1)
    let batches = 0
    const watcher = watch(epoll, () => {
      batches++
      bell.read()
    })
    expect(() => watcher.reattach(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(() => watcher.reattach(bell.fd)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    expect(() => watcher.reattach(0.5)).toThrow(RangeError)
    bell.write()
    await until(() => batches === 1)
    watcher.close()
    expect(() => watcher.reattach(epoll)).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })

  test('ref() and unref() answer the watcher, and do nothing once it is closed', () => {
    const { epoll } = belled()
    const watcher = watch(epoll, () => {})
    expect(watcher.hasRef()).toBe(true)
    expect(watcher.unref().unref()).toBe(watcher)
    expect(watcher.hasRef()).toBe(false)
    expect(watcher.ref().ref()).toBe(watcher)
    expect(watcher.hasRef()).toBe(true)
    watcher.close()
    expect(watcher.hasRef()).toBe(false)
    expect(watcher.ref()).toBe(watcher)
    expect(watcher.unref()).toBe(watcher)
    expect(watcher.hasRef()).toBe(false)
  })
})

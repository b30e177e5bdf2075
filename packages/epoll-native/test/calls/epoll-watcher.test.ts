import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  Epoll,
  EpollEvents,
  EpollFlag,
  EpollWatcher,
  EventFd,
  type OnBatch,
  SystemError,
  type WatcherEngine,
} from '../../src/index.js'
import { close, dup3 } from '../../src/io/index.js'
import { disposed, expectNoLeak, openDescriptors } from '../descriptors.js'
import { runProgram, Thread } from '../programs.js'
import { untyped } from '../untyped.js'

expectNoLeak()

/** Lets the event loop turn until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

/** An epoll that watches one eventfd, whose token is `token`. */
function belled(token = 0, initial = 0): { readonly epoll: Epoll; readonly bell: EventFd } {
  const epoll = disposed(new Epoll())
  const bell = disposed(new EventFd({ initial }))
  epoll.add(bell.fd, EpollFlag.IN, token)
  return { epoll, bell }
}

describe.each<{ engine: WatcherEngine }>([{ engine: 'uv' }, { engine: 'thread' }])(
  'EpollWatcher by $engine',
  ({ engine }) => {
    const watch = (epoll: Epoll | number, onBatch: OnBatch, events = new EpollEvents(16)) =>
      disposed(new EpollWatcher(epoll, events, onBatch, { engine }))

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

    test('takes the number of an epoll as well', async () => {
      const { epoll, bell } = belled(1, 1)
      let batches = 0
      watch(epoll.fd, () => {
        batches++
        bell.read()
      })
      await until(() => batches === 1)
    })

    test('what is open but no epoll is EINVAL, what is not open EBADF, and nothing leaks', () => {
      const bell = disposed(new EventFd())
      const events = new EpollEvents(1)
      const open = (fd: number) => () => new EpollWatcher(fd, events, () => {}, { engine })
      expect(open(bell.fd)).toThrow(
        expect.objectContaining({ code: 'EINVAL', syscall: 'epoll_ctl' }),
      )
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

    test('the handler runs in the async context in which the watcher was made', async () => {
      const storage = new AsyncLocalStorage<string>()
      const { epoll, bell } = belled()
      const stores: (string | undefined)[] = []
      storage.run('maker', () =>
        watch(epoll, () => {
          bell.read()
          stores.push(storage.getStore())
        }),
      )
      storage.run('ringer', () => bell.write())
      await until(() => stores.length === 1)
      expect(stores).toEqual(['maker'])
      expect(storage.getStore()).toBeUndefined()
    })

    test('a context that the handler enters does not outlive the batch', async () => {
      const storage = new AsyncLocalStorage<string>()
      const { epoll, bell } = belled(0, 1)
      const stores: (string | undefined)[] = []
      watch(epoll, () => {
        stores.push(storage.getStore())
        storage.enterWith('leaked')
        if (stores.length === 3) bell.read()
      })
      await until(() => stores.length === 3)
      await turn()
      expect(storage.getStore()).toBeUndefined()
    })

    test('works in a worker thread', async () => {
      await using thread = new Thread(
        `
        const epoll = new rearm.Epoll()
        const bell = new rearm.EventFd()
        epoll.add(bell.fd, rearm.EpollFlag.IN, 5)
        const watcher = new rearm.EpollWatcher(epoll, new rearm.EpollEvents(2), (count, events) => {
          parentPort.postMessage([count, events.tokenLow(0), bell.read()])
          watcher.close()
          epoll.close()
          bell.close()
        }, { engine: workerData })
        bell.write(8)
        `,
        engine,
      )
      expect(await thread.message()).toEqual([1, 5, 8n])
      await thread.ended()
    })

    const program = (body: string) =>
      runProgram(`
        const epoll = new rearm.Epoll()
        const bell = new rearm.EventFd()
        epoll.add(bell.fd, rearm.EpollFlag.IN)
        const events = new rearm.EpollEvents(4)
        const options = { engine: '${engine}' }
        ${body}
      `)

    test('keeps the process alive until it is closed', async () => {
      const outcome = await program(`
        const watcher = new rearm.EpollWatcher(epoll, events, () => {
          console.log('rung', bell.read())
          watcher.close()
        }, options)
        setTimeout(() => bell.write(), 20).unref()
      `)
      expect(outcome).toEqual({ status: 0, signal: null, stdout: 'rung 1n\n', stderr: '' })
    })

    test('keeps the process alive again after unref() and ref()', async () => {
      const outcome = await program(`
        const watcher = new rearm.EpollWatcher(epoll, events, () => {
          console.log('rung', bell.read())
          watcher.unref()
        }, options).unref().ref()
        setTimeout(() => bell.write(), 20).unref()
      `)
      expect(outcome).toEqual({ status: 0, signal: null, stdout: 'rung 1n\n', stderr: '' })
    })

    test('lets the process end after unref()', async () => {
      const outcome = await program(`
        new rearm.EpollWatcher(epoll, events, () => console.log('never'), options).unref()
        process.on('exit', () => console.log('end'))
      `)
      expect(outcome).toEqual({ status: 0, signal: null, stdout: 'end\n', stderr: '' })
    })

    test('an exception is an uncaught exception once, and watching goes on', async () => {
      const outcome = await program(`
        process.on('uncaughtException', (error, origin) => console.log(origin, error.message))
        let batches = 0
        const watcher = new rearm.EpollWatcher(epoll, events, () => {
          bell.read()
          batches++
          if (batches === 3) watcher.close()
          else setImmediate(() => bell.write())
          if (batches === 1) throw new Error('first batch')
          console.log('batch', batches)
        }, options)
        bell.write()
      `)
      expect(outcome).toEqual({
        status: 0,
        signal: null,
        stdout: 'uncaughtException first batch\nbatch 2\nbatch 3\n',
        stderr: '',
      })
    })

    test('an exception that nobody handles ends the process, as any other does', async () => {
      const outcome = await program(`
        new rearm.EpollWatcher(epoll, events, () => { throw new Error('nobody handles me') }, options)
        bell.write()
      `)
      expect(outcome).toMatchObject({ status: 1, signal: null, stdout: '' })
      expect(outcome.stderr).toContain('Error: nobody handles me')
    })

    test('a rejected promise of the handler is an unhandled rejection', async () => {
      const outcome = await program(`
        process.on('unhandledRejection', (error) => {
          console.log('rejected', error.message)
          watcher.close()
        })
        const watcher = new rearm.EpollWatcher(epoll, events, async () => {
          bell.read()
          throw new Error('later')
        }, options)
        bell.write()
      `)
      expect(outcome).toEqual({ status: 0, signal: null, stdout: 'rejected later\n', stderr: '' })
    })

    test('the process may exit within the batch', async () => {
      const outcome = await program(`
        new rearm.EpollWatcher(epoll, events, () => process.exit(7), options)
        bell.write()
      `)
      expect(outcome).toEqual({ status: 7, signal: null, stdout: '', stderr: '' })
    })

    test('survives the collector: nobody holds it, the epoll or the array', async () => {
      const outcome = await runProgram(
        `
        const bell = new rearm.EventFd()
        ;(() => {
          const epoll = new rearm.Epoll()
          epoll.add(bell.fd, rearm.EpollFlag.IN)
          let batches = 0
          const watcher = new rearm.EpollWatcher(epoll, new rearm.EpollEvents(4), (count, events) => {
            console.log(count, events.flags(0), bell.read())
            if (++batches === 2) watcher.close()
          }, { engine: '${engine}' })
        })()
        for (let round = 0; round < 2; round++) {
          for (let i = 0; i < 10; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)) }
          bell.write()
        }
        `,
        ['--expose-gc'],
      )
      expect(outcome.stderr).toBe('')
      expect(outcome.stdout).toMatch(/^1 1 [12]n\n/)
    })

    test('when no descriptor is free it is EMFILE, and nothing is left behind', async () => {
      const outcome = await program(`
        const { readdirSync } = await import('node:fs')
        const open = () => readdirSync('/proc/self/fd').length
        const spare = [io.dup(bell.fd), io.dup(bell.fd), io.dup(bell.fd)]
        console.log(spare.every((fd) => fd > 0))
        const hoard = []
        for (let fd; (fd = io.dup(bell.fd)) >= 0; ) hoard.push(fd)
        const codes = []
        for (let free = 0; free < 3; free++) {
          try {
            new rearm.EpollWatcher(epoll, events, () => {}, options).close()
            codes.push('made')
          } catch (error) { codes.push(error.code) }
          io.close(hoard.pop())
        }
        const kept = []
        for (let fd; (fd = io.dup(bell.fd)) >= 0; ) kept.push(fd)
        console.log(codes[0], codes[2], kept.length)
      `)
      expect(outcome).toEqual({
        status: 0,
        signal: null,
        stdout: 'true\nEMFILE made 3\n',
        stderr: '',
      })
    })
  },
)

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

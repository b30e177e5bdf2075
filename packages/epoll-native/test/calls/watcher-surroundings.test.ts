import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { expectNoLeak } from '../descriptors.js'
import { runProgram, Thread } from '../programs.js'
import { belled, engines, until, watchBy } from '../watchers.js'

expectNoLeak()

describe.each(engines)('EpollWatcher by $engine', ({ engine }) => {
  const watch = watchBy(engine)

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
})

describe.each(engines)('EpollWatcher by $engine', ({ engine }) => {
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
})

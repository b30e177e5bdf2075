import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import {
  Epoll,
  EpollCreateFlag,
  EpollEvents,
  EpollFlag,
  EpollWatcher,
  EventFd,
  epollCreate1,
  epollCtl,
  Inotify,
  PidFd,
  TimerFd,
} from '../../src/index.js'
import { close, dup, FcntlCommand, FdFlag, fcntl, write } from '../../src/io/index.js'
import { flagsOf, nextBatch, readyNow, tokensOf } from '../batches.js'
import { disposed, expectNoLeak, openDescriptors, owned } from '../descriptors.js'
import { interestList } from '../interest-list.js'
import { bytesOf, pipe, tcpPair, unixPair } from '../sockets.js'

expectNoLeak()

const { IN } = EpollFlag

/** Runs a shell command with `descriptors` as its numbers 3, 4, … and waits for its end. */
async function shell(command: string, descriptors: readonly number[]): Promise<void> {
  const child = spawn('sh', ['-c', command], {
    stdio: ['ignore', 'ignore', 'inherit', ...descriptors],
  })
  expect(await once(child, 'close')).toEqual([0, null])
}

describe('M. other processes', () => {
  test('[M1] everything is CLOEXEC unless it is asked to be otherwise', () => {
    const objects = [
      new Epoll(),
      new EventFd(),
      new TimerFd(),
      new Inotify(),
      new PidFd(process.pid),
    ]
    for (const { fd } of objects.map(disposed)) {
      expect(fcntl(fd, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    }
    for (const fd of [...pipe(), ...unixPair(), ...Object.values(tcpPair())]) {
      expect(fcntl(fd, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
      expect(fcntl(owned(dup(fd)), FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    }
    expect(fcntl(owned(epollCreate1(0)), FcntlCommand.GETFD)).toBe(0)
    expect(EpollCreateFlag.CLOEXEC).toBe(0x80000)
  })

  test.each(['uv', 'thread'] as const)(
    '[M1] what a watcher opens is CLOEXEC too (%s)',
    (engine) => {
      const epoll = disposed(new Epoll())
      const before = openDescriptors()
      using watcher = new EpollWatcher(epoll, new EpollEvents(1), () => {}, { engine })
      const opened = [...openDescriptors().keys()].filter((fd) => !before.has(fd))
      expect(opened.length).toBeGreaterThan(0)
      for (const fd of opened) expect(fcntl(fd, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
      expect(watcher.closed).toBe(false)
    },
  )

  test('[M1] a child process inherits none of it', async () => {
    disposed(new Epoll())
    const bell = disposed(new EventFd())
    const child = spawn('sh', ['-c', `test ! -e /proc/self/fd/${bell.fd}`], { stdio: 'ignore' })
    expect(await once(child, 'close')).toEqual([0, null])
  })

  test('[M2] a child that closes what it inherited takes nothing off the list', async () => {
    const epfd = owned(epollCreate1(0))
    const bell = disposed(new EventFd({ initial: 1 }))
    expect(epollCtl(epfd, 1, bell.fd, IN, 1)).toBe(0)
    await shell('exec 3<&- 4<&-', [epfd, bell.fd])
    await shell('true', [epfd, bell.fd])
    expect(interestList(epfd)).toMatchObject([{ fd: bell.fd, low: 1 }])
    expect(tokensOf(readyNow(epfd))).toEqual([1])
  })

  test('[M3] a child that holds a copy keeps a registration alive whose number is closed here', async () => {
    const epoll = disposed(new Epoll())
    const [out, into] = pipe()
    epoll.add(out, IN, 5)
    // It says that it runs, holds number 3, and waits for an end on its input.
    const child = spawn('sh', ['-c', 'echo here; read line'], {
      stdio: ['pipe', 'pipe', 'inherit', out],
    })
    const closed = once(child, 'close')
    if (child.stdout === null || child.stdin === null) throw new Error('the child has no pipes')
    await once(child.stdout, 'data')
    expect(close(out)).toBe(0)
    expect(write(into, bytesOf('x'))).toBe(1)
    expect(tokensOf(nextBatch(epoll))).toEqual([5])
    expect(interestList(epoll.fd)).toMatchObject([{ low: 5 }])
    child.stdin.end('\n')
    expect(await closed).toEqual([0, null])
    expect(interestList(epoll.fd)).toEqual([])
    expect(readyNow(epoll)).toEqual([])
  })

  test('[M4] an epoll is readable itself, through any number of levels up to five', () => {
    const bell = disposed(new EventFd())
    const epolls = Array.from({ length: 4 }, () => disposed(new Epoll()))
    let inner = bell.fd
    epolls.forEach((epoll, level) => {
      epoll.add(inner, IN, level)
      inner = epoll.fd
    })
    for (const epoll of epolls) expect(readyNow(epoll)).toEqual([])
    bell.write()
    // From the outside in: looking at an outer one takes nothing from an inner one.
    for (const epoll of epolls.toReversed()) expect(flagsOf(nextBatch(epoll))).toEqual([IN])
    bell.read()
    for (const epoll of epolls) expect(readyNow(epoll)).toEqual([])
  })

  test.each(['uv', 'thread'] as const)(
    "[M4] a nested epoll is readable from Node's loop (%s)",
    async (engine) => {
      const [outer, inner] = [disposed(new Epoll()), disposed(new Epoll())]
      const bell = disposed(new EventFd())
      inner.add(bell.fd, IN, 1)
      outer.add(inner.fd, IN, 2)
      const seen: number[] = []
      const done = new Promise<void>((resolve) => {
        disposed(
          new EpollWatcher(
            outer,
            new EpollEvents(4),
            (_, events) => {
              seen.push(events.tokenLow(0), ...tokensOf(readyNow(inner)))
              bell.read()
              resolve()
            },
            { engine },
          ),
        )
      })
      bell.write()
      await done
      expect(seen).toEqual([2, 1])
    },
  )
})

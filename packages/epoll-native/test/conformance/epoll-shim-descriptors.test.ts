// The cases of epoll-shim about the descriptors themselves, and their time (see epoll-shim.test.ts).
import { describe, expect, test } from 'vitest'
import {
  Clock,
  DescriptorFlag,
  Epoll,
  EpollEvents,
  EpollFlag,
  Errno,
  EventFd,
  epollCreate1,
  epollPwait2,
  epollWait,
  eventfd,
  TimerFd,
  timerfdCreate,
} from '../../src/index.js'
import { FcntlCommand, FdFlag, FileFlag, fcntl, read, write } from '../../src/io/index.js'
import { flagsOf, nextBatch } from '../batches.js'
import { disposed, expectNoLeak, openDescriptors, owned } from '../descriptors.js'
import { runProgram } from '../programs.js'

expectNoLeak()

const { IN, OUT, RDHUP, HUP, ERR, PRI } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const byte = () => new Uint8Array(1)

describe('epoll-shim', () => {
  test('[poll_flags] the bits of epoll are those of poll(2)', () => {
    expect([IN, PRI, OUT, ERR, HUP]).toEqual([0x1, 0x2, 0x4, 0x8, 0x10])
  })

  test('[leakcheck] an epoll that is closed is gone', () => {
    const before = openDescriptors().size
    new Epoll().close()
    expect(openDescriptors().size).toBe(before)
  })

  test('[fd_exhaustion] with no number free every call says EMFILE, and works again afterwards', async () => {
    const outcome = await runProgram(`
      const { AddressFamily: { INET, UNIX }, SocketType: { STREAM }, SocketFlag: { NONBLOCK } } = net
      const listening = net.socket(INET, STREAM | NONBLOCK, 0)
      net.bind(listening, { family: 'ipv4', address: '127.0.0.1', port: 0 })
      net.listen(listening, 4)
      const name = new net.SocketAddress()
      net.getsockname(listening, name)
      const client = net.socket(INET, STREAM, 0)
      net.connect(client, name)
      const pair = new Int32Array(2)
      const calls = {
        epollCreate1: () => rearm.epollCreate1(0),
        eventfd: () => rearm.eventfd(0, 0),
        timerfdCreate: () => rearm.timerfdCreate(1, 0),
        inotifyInit1: () => rearm.inotifyInit1(0),
        pidfdOpen: () => rearm.pidfdOpen(process.pid, 0),
        socket: () => net.socket(INET, STREAM, 0),
        socketpair: () => net.socketpair(UNIX, STREAM, 0, pair),
        accept4: () => net.accept4(listening, 0),
        pipe2: () => io.pipe2(pair, 0),
        dup: () => io.dup(listening),
      }
      const { Epoll, EventFd, TimerFd, Inotify, PidFd } = rearm
      const hoard = []
      for (let fd; (fd = io.dup(listening)) >= 0; ) hoard.push(fd)
      const answers = Object.entries(calls).map(([name, call]) => [name, call()])
      const codes = [Epoll, EventFd, TimerFd, Inotify, PidFd].map((Class) => {
        try { new Class(Class === PidFd ? process.pid : undefined); return 'made' }
        catch (error) { return error.code }
      })
      hoard.forEach((fd) => io.close(fd))
      for (const [name, call] of Object.entries(calls)) if (call() < 0) console.log(name, 'fails still')
      for (const [name, answer] of answers) if (answer !== -rearm.Errno.EMFILE) console.log(name, answer)
      console.log(codes.join())
    `)
    expect(outcome).toEqual({
      status: 0,
      signal: null,
      stdout: 'EMFILE,EMFILE,EMFILE,EMFILE,EMFILE\n',
      stderr: '',
    })
  })

  test('[rdhup_linux] RDHUP is 0x2000', () => {
    expect(RDHUP).toBe(0x2000)
  })

  test('[sleep_argument] a wait lasts as long as it was told', () => {
    const epoll = newEpoll()
    for (const milliseconds of [1, 20]) {
      const begin = process.hrtime.bigint()
      expect(epollWait(epoll.fd, new EpollEvents(1), milliseconds)).toBe(0)
      expect(process.hrtime.bigint() - begin).toBeGreaterThanOrEqual(
        BigInt(milliseconds) * 1_000_000n,
      )
    }
  })

  test('[realtime_timer] on the wall clock, at an absolute time', () => {
    const epoll = newEpoll()
    const timer = disposed(new TimerFd(Clock.REALTIME))
    const due = BigInt(Date.now() + 20) * 1_000_000n
    timer.set({ value: due, absolute: true })
    epoll.add(timer.fd, IN)
    expect(flagsOf(nextBatch(epoll))).toEqual([IN])
    expect(BigInt(Date.now()) * 1_000_000n).toBeGreaterThanOrEqual(due)
    expect(timer.read()).toBe(1n)
  })

  test('[invalid_writes] timers and epolls take none, and an epoll is not read', () => {
    expect(write(disposed(new TimerFd()).fd, byte())).toBe(-Errno.EINVAL)
    const epoll = newEpoll()
    expect(write(epoll.fd, byte())).toBe(-Errno.EINVAL)
    expect(read(epoll.fd, byte())).toBe(-Errno.EINVAL)
  })

  test('[epoll_pwait] epoll_pwait2 without a mask waits, and times out', () => {
    const epoll = newEpoll()
    const events = new EpollEvents(1)
    expect(epollPwait2(epoll.fd, events, 0)).toBe(0)
    const begin = process.hrtime.bigint()
    expect(epollPwait2(epoll.fd, events, 1_000_001)).toBe(0)
    expect(process.hrtime.bigint() - begin).toBeGreaterThanOrEqual(1_000_001n)
    epoll.add(disposed(new EventFd({ initial: 1 })).fd, IN)
    expect(epollPwait2(epoll.fd, events, -1)).toBe(1)
  })

  test('[cloexec] is set when asked, and not otherwise', () => {
    for (const make of [
      epollCreate1,
      (flags: number) => timerfdCreate(Clock.MONOTONIC, flags),
      (flags: number) => eventfd(0, flags),
    ]) {
      expect(fcntl(owned(make(DescriptorFlag.CLOEXEC)), FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
      expect(fcntl(owned(make(0)), FcntlCommand.GETFD)).toBe(0)
    }
  })

  test('[fcntl_fl] descriptors are read-write, and NONBLOCK when asked', () => {
    const readWrite = 2
    for (const make of [
      (flags: number) => timerfdCreate(Clock.MONOTONIC, flags),
      (flags: number) => eventfd(0, flags),
    ]) {
      expect(fcntl(owned(make(0)), FcntlCommand.GETFL)).toBe(readWrite)
      expect(fcntl(owned(make(DescriptorFlag.NONBLOCK)), FcntlCommand.GETFL)).toBe(
        readWrite | FileFlag.NONBLOCK,
      )
    }
    const epfd = owned(epollCreate1(0))
    expect(fcntl(epfd, FcntlCommand.GETFL)).toBe(readWrite)
    expect(fcntl(epfd, FcntlCommand.SETFL, FileFlag.NONBLOCK)).toBe(0)
    expect(fcntl(epfd, FcntlCommand.GETFL)).toBe(readWrite | FileFlag.NONBLOCK)
  })

  test('[fcntl_issue49] a registration leaves the flags of the descriptor alone', () => {
    const epoll = newEpoll()
    const fd = owned(eventfd(0, DescriptorFlag.NONBLOCK))
    epoll.add(fd, 0)
    expect(fcntl(fd, FcntlCommand.GETFL) & FileFlag.NONBLOCK).toBe(FileFlag.NONBLOCK)
  })
})

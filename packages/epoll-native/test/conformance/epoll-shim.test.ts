// The cases of epoll-shim's test/epoll-test.c, by their names. Three have no counterpart: poll_only_fd (it hangs on
// Linux, and is skipped there by its author) and those of signalfd (which this package does not have).
import { describe, expect, test } from 'vitest'
import {
  Clock,
  DescriptorFlag,
  Epoll,
  EpollEvents,
  EpollFlag,
  EpollOp,
  Errno,
  EventFd,
  epollCreate1,
  epollCtl,
  epollPwait2,
  epollWait,
  eventfd,
  TimerFd,
  timerfdCreate,
} from '../../src/index.js'
import {
  close,
  dup3,
  FcntlCommand,
  FdFlag,
  FileFlag,
  fcntl,
  read,
  write,
} from '../../src/io/index.js'
import {
  connect,
  getSocketOption,
  MessageFlag,
  recv,
  ShutdownMode,
  SocketOption,
  SocketType,
  send,
  sendto,
  setsockopt,
  shutdown,
} from '../../src/socket/index.js'
import { flagsOf, nextBatch, readyNow, tokensOf } from '../batches.js'
import { disposed, expectNoLeak, openDescriptors, owned, readiness } from '../descriptors.js'
import { runProgram } from '../programs.js'
import {
  bytesOf,
  drain,
  fill,
  listener,
  nameOf,
  newSocket,
  pipe,
  refusing,
  tcpPair,
  udpSocket,
  unixPair,
} from '../sockets.js'

expectNoLeak()

const { IN, OUT, RDHUP, HUP, ERR, PRI, ET } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const byte = () => new Uint8Array(1)
const unopened = 0xbeef

/** Waits until an edge-triggered registration has reported `flags`; returns all flags of that report. */
function untilReported(epoll: Epoll, flags: number): number {
  for (;;) {
    const [seen] = flagsOf(nextBatch(epoll))
    if (seen === undefined) throw new Error('the flags did not come')
    if ((seen & flags) === flags) return seen
  }
}

/** [one end, the other] of a pipe (read, write), a unix pair and a TCP connection. */
const pairs = [
  { name: 'pipe', pair: () => pipe() },
  { name: 'unix pair', pair: () => unixPair() },
  { name: 'TCP', pair: () => Object.values(tcpPair()) as [number, number] },
]

describe('epoll-shim', () => {
  test('[simple] an epoll can be made; unknown flags are EINVAL', () => {
    owned(epollCreate1(0))
    owned(epollCreate1(DescriptorFlag.CLOEXEC))
    expect(epollCreate1(42)).toBe(-Errno.EINVAL)
  })

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

  test('[invalid_op] every operation on every kind of wrong descriptor', () => {
    const { ADD, DEL, MOD } = EpollOp
    const epoll = newEpoll()
    const other = newEpoll()
    for (const op of [ADD, DEL, MOD, 42]) {
      expect(epollCtl(epoll.fd, op, epoll.fd, IN)).toBe(-Errno.EINVAL)
      expect(epollCtl(epoll.fd, op, unopened, IN)).toBe(-Errno.EBADF)
      expect(epollCtl(unopened, op, other.fd, IN)).toBe(-Errno.EBADF)
    }
    expect(epollCtl(epoll.fd, DEL, other.fd, IN)).toBe(-Errno.ENOENT)
    expect(epollCtl(epoll.fd, MOD, other.fd, IN)).toBe(-Errno.ENOENT)
    expect(epollCtl(epoll.fd, 42, other.fd, IN)).toBe(-Errno.EINVAL)
    expect(epollCtl(epoll.fd, ADD, other.fd, IN)).toBe(0)
    expect(epollCtl(epoll.fd, DEL, other.fd, 0xffffffff)).toBe(0)
  })

  test('[invalid_op2] a wait on a closed number is EBADF, through an array of any size', () => {
    const epoll = new Epoll()
    const { fd } = epoll
    epoll.close()
    expect(epollWait(fd, new EpollEvents(1), 0)).toBe(-Errno.EBADF)
    expect(epollWait(fd, new EpollEvents(1048576), 0)).toBe(-Errno.EBADF)
  })

  test('[rdhup_linux] RDHUP is 0x2000', () => {
    expect(RDHUP).toBe(0x2000)
  })

  test('[simple_wait] nothing is ready on an epoll without registrations', () => {
    expect(newEpoll().wait(new EpollEvents(1), 1)).toBe(0)
  })

  test('[event_size] events lie as close as the kernel packs them', () => {
    const epoll = newEpoll()
    for (let token = 0; token < 4; token++) {
      epoll.add(disposed(new EventFd({ initial: 1 })).fd, IN, token, 0xdeadbeef)
    }
    const batch = nextBatch(epoll)
    expect(tokensOf(batch)).toEqual([0, 1, 2, 3])
    expect(batch.every(({ flags, high }) => flags === IN && high === 0xdeadbeef)).toBe(true)
  })

  test('[recursive_register] an epoll in an epoll: added, modified, deleted', () => {
    const [outer, inner] = [newEpoll(), newEpoll()]
    outer.add(inner.fd, OUT)
    outer.modify(inner.fd, IN)
    outer.delete(inner.fd)
    expect(epollCtl(outer.fd, EpollOp.DEL, inner.fd)).toBe(-Errno.ENOENT)
  })

  test.each(pairs)('[simple_epollin] $name', ({ pair }) => {
    const epoll = newEpoll()
    const [reader, writer] = pair()
    epoll.add(reader, IN, reader)
    expect(write(writer, byte())).toBe(1)
    expect(nextBatch(epoll, -1)).toEqual([{ flags: IN, low: reader, high: 0 }])
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

  test.each(pairs)('[remove_nonexistent] $name', ({ pair }) => {
    const [fd] = pair()
    expect(epollCtl(newEpoll().fd, EpollOp.DEL, fd)).toBe(-Errno.ENOENT)
  })

  test.each(pairs)('[add_remove] $name: nothing comes after the removal', ({ pair }) => {
    const epoll = newEpoll()
    const [reader, writer] = pair()
    epoll.add(reader, IN)
    write(writer, byte())
    expect(flagsOf(nextBatch(epoll))).toEqual([IN])
    epoll.delete(reader)
    expect(readyNow(epoll)).toEqual([])
    write(writer, byte())
    expect(readyNow(epoll)).toEqual([])
  })

  test.each(pairs)('[add_existing] $name', ({ pair }) => {
    const epoll = newEpoll()
    const [fd] = pair()
    epoll.add(fd, IN)
    expect(epollCtl(epoll.fd, EpollOp.ADD, fd, OUT)).toBe(-Errno.EEXIST)
  })

  test.each(pairs)('[modify_existing] $name', ({ pair }) => {
    const epoll = newEpoll()
    const [reader, writer] = pair()
    epoll.add(reader, 0, 1)
    write(writer, byte())
    expect(readyNow(epoll)).toEqual([])
    epoll.modify(reader, IN, 2)
    expect(nextBatch(epoll)).toEqual([{ flags: IN, low: 2, high: 0 }])
  })

  test.each(pairs)('[modify_nonexisting] $name', ({ pair }) => {
    const [fd] = pair()
    expect(epollCtl(newEpoll().fd, EpollOp.MOD, fd, IN)).toBe(-Errno.ENOENT)
  })

  test.each([
    { written: 0, flags: HUP },
    { written: 1, flags: HUP | IN },
  ])('[no_epollin_on_closed_empty_pipe] with $written bytes in it', ({ written, flags }) => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    epoll.add(out, IN | RDHUP)
    write(into, new Uint8Array(written))
    close(into)
    expect(flagsOf(nextBatch(epoll))).toEqual([flags])
    expect(read(out, byte())).toBe(written)
  })

  test('[write_to_pipe_until_full]', () => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    epoll.add(into, OUT, 1)
    expect(nextBatch(epoll)).toEqual([{ flags: OUT, low: 1, high: 0 }])
    expect(fill(into)).toBe(fcntl(into, FcntlCommand.GETPIPE_SZ))
    expect(readyNow(epoll)).toEqual([])
    epoll.add(out, IN, 2)
    expect(nextBatch(epoll)).toEqual([{ flags: IN, low: 2, high: 0 }])
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

  test.each([RDHUP, 0])('[socket_shutdown] with RDHUP = %d in the interest', (rdhup) => {
    const epoll = newEpoll()
    const { client, server } = tcpPair()
    epoll.add(client, OUT | IN | (rdhup ^ RDHUP))
    epoll.modify(client, OUT | IN | rdhup | ET)
    expect(shutdown(server, ShutdownMode.WRITE)).toBe(0)
    expect(untilReported(epoll, IN)).toBe(OUT | IN | rdhup)
    expect(read(client, byte())).toBe(0)
    expect(shutdown(client, ShutdownMode.WRITE)).toBe(0)
    expect(untilReported(epoll, HUP)).toBe(OUT | IN | rdhup | HUP)
    close(client)
    expect(readyNow(epoll)).toEqual([])
  })

  test('[epollhup_on_fresh_socket]', () => {
    const epoll = newEpoll()
    epoll.add(newSocket(SocketType.STREAM), IN | RDHUP | OUT)
    for (let i = 0; i < 3; i++) expect(flagsOf(nextBatch(epoll))).toEqual([OUT | HUP])
  })

  test('[epollout_on_connecting_socket] refused: everything at once, level after level', () => {
    const epoll = newEpoll()
    const fd = newSocket(SocketType.STREAM)
    expect([-Errno.EINPROGRESS, -Errno.ECONNREFUSED]).toContain(connect(fd, nameOf(refusing())))
    // A connect that is answered at once has told its error already, and left none behind.
    expect(readiness(fd, OUT) & HUP).toBe(HUP)
    epoll.add(fd, IN | RDHUP | OUT)
    for (let i = 0; i < 3; i++) {
      expect(flagsOf(nextBatch(epoll))).toEqual([IN | RDHUP | OUT | ERR | HUP])
    }
    expect(getSocketOption(fd, SocketOption.ERROR)).toBe(Errno.ECONNREFUSED)
  })

  test('[epollpri] urgent data on an edge-triggered registration', () => {
    const epoll = newEpoll()
    const { client, server } = tcpPair()
    const received = byte()
    epoll.add(client, IN | RDHUP | PRI | ET)
    expect(send(server, bytesOf('o'), 0, 1, MessageFlag.OOB)).toBe(1)
    expect(send(server, bytesOf('n'))).toBe(1)
    expect(untilReported(epoll, IN | PRI)).toBe(IN | PRI)
    expect(recv(client, received, 0, 1, MessageFlag.OOB)).toBe(1)
    expect(recv(client, byte(), 0, 1, MessageFlag.OOB)).toBe(-Errno.EINVAL)
    expect(received[0]).toBe('o'.charCodeAt(0))
    expect(recv(client, received)).toBe(1)
    expect(received[0]).toBe('n'.charCodeAt(0))
    expect(recv(client, byte())).toBe(-Errno.EAGAIN)
    expect(readyNow(epoll)).toEqual([])
    epoll.modify(client, IN | RDHUP | ET)
    expect(readyNow(epoll)).toEqual([])
    epoll.modify(client, IN | RDHUP | PRI | ET)
    expect(send(server, bytesOf('o'), 0, 1, MessageFlag.OOB)).toBe(1)
    expect(untilReported(epoll, PRI) & PRI).toBe(PRI)
  })

  // SO_OOBINLINE has no name among SocketOption.
  const oobInline = (fd: number) =>
    expect(setsockopt(fd, 1, 10, new Uint8Array(Int32Array.of(1).buffer))).toBe(0)

  test('[epollpri_oobinline] urgent data among the other: PRI until it is read', () => {
    const epoll = newEpoll()
    const { client, server } = tcpPair()
    oobInline(client)
    epoll.add(client, IN | RDHUP | PRI | ET)
    expect(send(server, bytesOf('o'), 0, 1, MessageFlag.OOB)).toBe(1)
    expect(untilReported(epoll, IN | PRI)).toBe(IN | PRI)
    expect(recv(client, byte(), 0, 1, MessageFlag.OOB)).toBe(-Errno.EINVAL)
    expect(drain(client)).toEqual(Buffer.from('o'))
    expect(send(server, bytesOf('n'))).toBe(1)
    expect(untilReported(epoll, IN)).toBe(IN)
  })

  test('[epollpri_oobinline_lt] the same, level-triggered, for PRI alone', () => {
    const epoll = newEpoll()
    const { client, server } = tcpPair()
    oobInline(client)
    epoll.add(client, PRI)
    expect(send(server, bytesOf('o'), 0, 1, MessageFlag.OOB)).toBe(1)
    for (let i = 0; i < 3; i++) expect(flagsOf(nextBatch(epoll))).toEqual([PRI])
    expect(drain(client)).toEqual(Buffer.from('o'))
    expect(readyNow(epoll)).toEqual([])
    expect(send(server, bytesOf('n'))).toBe(1)
    expect(readiness(client, IN)).toBe(IN)
    expect(readyNow(epoll)).toEqual([])
  })

  test('[timeout_on_listening_socket] a listener that nobody connects to is not ready', () => {
    const epoll = newEpoll()
    epoll.add(listener(), IN)
    for (let i = 0; i < 3; i++) expect(epoll.wait(new EpollEvents(1), 1)).toBe(0)
  })

  test('[epollerr_on_closed_pipe]', () => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    epoll.add(into, OUT)
    expect(flagsOf(nextBatch(epoll))).toEqual([OUT])
    expect(write(into, new Uint8Array(512))).toBe(512)
    close(out)
    expect(flagsOf(nextBatch(epoll))).toEqual([OUT | ERR])
    expect(write(into, byte())).toBe(-Errno.EPIPE)
  })

  test('[shutdown_behavior] TCP: bytes, the half-close, then a close on unread data is a reset', () => {
    const { client, server } = tcpPair()
    const epoll = newEpoll()
    epoll.add(server, OUT | IN | RDHUP | ET)
    for (let i = 0; i < 5; i++) {
      expect(send(client, byte())).toBe(1)
      expect(readiness(server, IN)).toBe(IN)
      expect(read(server, byte())).toBe(1)
    }
    expect(shutdown(client, ShutdownMode.WRITE)).toBe(0)
    expect(untilReported(epoll, RDHUP)).toBe(OUT | IN | RDHUP)
    expect(send(server, new Uint8Array(512))).toBe(512)
    expect(readiness(client, IN) & IN).toBe(IN)
    close(client)
    expect(untilReported(epoll, ERR) & (OUT | ERR | HUP)).toBe(OUT | ERR | HUP)
    // Linux tells of a connection that was half closed before: a broken pipe.
    expect(getSocketOption(server, SocketOption.ERROR)).toBe(Errno.EPIPE)
  })

  test('[shutdown_behavior] unix: a close on unread data is ECONNRESET', () => {
    const [near, far] = unixPair()
    const epoll = newEpoll()
    epoll.add(near, OUT)
    expect(flagsOf(nextBatch(epoll))).toEqual([OUT])
    expect(send(near, new Uint8Array(512))).toBe(512)
    close(far)
    expect(flagsOf(nextBatch(epoll))).toEqual([OUT | HUP | ERR])
    expect(getSocketOption(near, SocketOption.ERROR)).toBe(Errno.ECONNRESET)
  })

  test('[datagram_connection] an empty datagram makes a UDP socket readable', () => {
    const epoll = newEpoll()
    const [server, client] = [udpSocket(), udpSocket()]
    epoll.add(server, IN | RDHUP)
    expect(sendto(client, new Uint8Array(0), 0, 0, 0, nameOf(server))).toBe(0)
    expect(flagsOf(nextBatch(epoll))).toEqual([IN])
    expect(read(server, byte())).toBe(0)
    expect(readyNow(epoll)).toEqual([])
  })

  test('[epollout_on_own_shutdown]', () => {
    const epoll = newEpoll()
    const { client } = tcpPair()
    epoll.add(client, OUT)
    expect(shutdown(client, ShutdownMode.WRITE)).toBe(0)
    expect(flagsOf(nextBatch(epoll))).toEqual([OUT])
  })

  test('[remove_closed] is EBADF', () => {
    const epoll = newEpoll()
    const [fd] = pipe()
    epoll.add(fd, IN)
    expect(close(fd)).toBe(0)
    expect(epollCtl(epoll.fd, EpollOp.DEL, fd)).toBe(-Errno.EBADF)
  })

  test('[remove_closed_when_same_fd_open] is ENOENT', () => {
    const epoll = newEpoll()
    const [fd, other] = pipe()
    epoll.add(fd, IN)
    expect(dup3(other, fd, DescriptorFlag.CLOEXEC)).toBe(fd)
    expect(epollCtl(epoll.fd, EpollOp.DEL, fd)).toBe(-Errno.ENOENT)
  })

  test('[add_different_file_with_same_fd_value] is a registration of its own', () => {
    const epoll = newEpoll()
    const [fd] = pipe()
    const bell = disposed(new EventFd({ initial: 1 }))
    epoll.add(fd, IN, 1)
    expect(dup3(bell.fd, fd, DescriptorFlag.CLOEXEC)).toBe(fd)
    epoll.add(fd, IN, 2)
    expect(nextBatch(epoll)).toEqual([{ flags: IN, low: 2, high: 0 }])
    epoll.delete(fd)
    expect(readyNow(epoll)).toEqual([])
  })

  test('[invalid_writes] timers and epolls take none, and an epoll is not read', () => {
    expect(write(disposed(new TimerFd()).fd, byte())).toBe(-Errno.EINVAL)
    const epoll = newEpoll()
    expect(write(epoll.fd, byte())).toBe(-Errno.EINVAL)
    expect(read(epoll.fd, byte())).toBe(-Errno.EINVAL)
  })

  test('[using_real_close] an epoll closed behind its object: the next is another', () => {
    const [fd] = pipe()
    const epoll = new Epoll()
    epoll.add(fd, IN)
    expect(close(epoll.release())).toBe(0)
    const next = newEpoll()
    next.add(fd, IN)
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

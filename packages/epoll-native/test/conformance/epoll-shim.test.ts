// The cases of epoll-shim's test/epoll-test.c, by their names. Three have no counterpart: poll_only_fd (it hangs on
// Linux, and is skipped there by its author) and those of signalfd (which this package does not have).
import { describe, expect, test } from 'vitest'
import {
  DescriptorFlag,
  Epoll,
  EpollEvents,
  EpollFlag,
  EpollOp,
  Errno,
  EventFd,
  epollCreate1,
  epollCtl,
  epollWait,
} from '../../src/index.js'
import { close, dup3, write } from '../../src/io/index.js'
import { flagsOf, nextBatch, readyNow, tokensOf } from '../batches.js'
import { disposed, expectNoLeak, owned } from '../descriptors.js'
import { pipe, tcpPair, unixPair } from '../sockets.js'

expectNoLeak()

const { IN, OUT } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const byte = () => new Uint8Array(1)
const unopened = 0xbeef

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

  test('[using_real_close] an epoll closed behind its object: the next is another', () => {
    const [fd] = pipe()
    const epoll = new Epoll()
    epoll.add(fd, IN)
    expect(close(epoll.release())).toBe(0)
    const next = newEpoll()
    next.add(fd, IN)
  })
})

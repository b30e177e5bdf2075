import { describe, expect, test } from 'vitest'
import { Epoll, EpollFlag, EpollOp, Errno, EventFd, epollCtl } from '../../src/index.js'
import { close, dup, dup3, write } from '../../src/io/index.js'
import { ReceivedDescriptors, recvmsg, sendmsg } from '../../src/socket/index.js'
import { nextBatch, readyNow, tokensOf } from '../batches.js'
import { disposed, expectNoLeak, owned } from '../descriptors.js'
import { interestList } from '../interest-list.js'
import { acceptFrom, bytesOf, connectTo, listener, pipe, tcpPair, unixPair } from '../sockets.js'

expectNoLeak()

const { IN } = EpollFlag
const newEpoll = () => disposed(new Epoll())

describe('D. identity', () => {
  test('[D1] a connection closed without DEL, the next on its number: the token is the new one', () => {
    const epoll = newEpoll()
    const listening = listener()
    const firstClient = connectTo(listening)
    const first = acceptFrom(listening)
    epoll.add(first, IN, 1)
    write(firstClient, bytesOf('old'))
    expect(tokensOf(nextBatch(epoll))).toEqual([1])
    const secondClient = connectTo(listening)
    close(first)
    const second = acceptFrom(listening)
    expect(second).toBe(first)
    epoll.add(second, IN, 2)
    write(secondClient, bytesOf('new'))
    expect(tokensOf(nextBatch(epoll))).toEqual([2])
    expect(interestList(epoll.fd)).toMatchObject([{ fd: second, low: 2 }])
  })

  test('[D3] a dup keeps a registration alive whose number is closed: a ghost', () => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    const copy = owned(dup(out))
    epoll.add(out, IN, 7)
    expect(close(out)).toBe(0)
    write(into, bytesOf('x'))
    expect(tokensOf(nextBatch(epoll))).toEqual([7])
    expect(epollCtl(epoll.fd, EpollOp.DEL, out)).toBe(-Errno.EBADF)
    expect(epollCtl(epoll.fd, EpollOp.DEL, copy)).toBe(-Errno.ENOENT)
    // The kernel's list names the closed number still.
    expect(interestList(epoll.fd)).toMatchObject([{ fd: out, low: 7 }])
    close(copy)
    expect(interestList(epoll.fd)).toEqual([])
    expect(readyNow(epoll)).toEqual([])
  })

  test('[D3] a ghost beside the new owner of its number: two registrations of one number', () => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    owned(dup(out))
    epoll.add(out, IN, 1)
    expect(close(out)).toBe(0)
    const bell = disposed(new EventFd({ initial: 1 }))
    expect(bell.fd).toBe(out)
    epoll.add(bell.fd, IN, 2)
    write(into, bytesOf('x'))
    expect(tokensOf(nextBatch(epoll))).toEqual([1, 2])
    expect(interestList(epoll.fd).map(({ fd }) => fd)).toEqual([out, out])
    epoll.delete(bell.fd)
    expect(tokensOf(readyNow(epoll))).toEqual([1])
  })

  test('[D7] a delete after the close is EBADF, or ENOENT when the number has a new owner', () => {
    const epoll = newEpoll()
    const bell = new EventFd()
    const number = bell.fd
    epoll.add(number, IN)
    bell.close()
    expect(epollCtl(epoll.fd, EpollOp.DEL, number)).toBe(-Errno.EBADF)
    const next = disposed(new EventFd())
    expect(next.fd).toBe(number)
    expect(epollCtl(epoll.fd, EpollOp.DEL, number)).toBe(-Errno.ENOENT)
  })

  test('[D8] the old number cannot be deleted; dup back to the same number can', () => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    const copy = owned(dup(out))
    epoll.add(out, IN, 3)
    expect(close(out)).toBe(0)
    write(into, bytesOf('x'))
    expect(tokensOf(nextBatch(epoll))).toEqual([3])
    expect(epollCtl(epoll.fd, EpollOp.DEL, out)).toBe(-Errno.EBADF)
    expect(dup3(copy, out, 0)).toBe(out)
    expect(epollCtl(epoll.fd, EpollOp.DEL, out)).toBe(0)
    expect(readyNow(epoll)).toEqual([])
    expect(interestList(epoll.fd)).toEqual([])
  })

  test('[D9] a descriptor in flight over a unix socket keeps its registration alive', () => {
    const epoll = newEpoll()
    const { client, server } = tcpPair()
    const [left, right] = unixPair()
    epoll.add(server, IN, 4)
    expect(sendmsg(left, bytesOf('x'), 0, 1, 0, [server])).toBe(1)
    expect(close(server)).toBe(0)
    write(client, bytesOf('to a ghost'))
    expect(tokensOf(nextBatch(epoll))).toEqual([4])
    const received = disposed(new ReceivedDescriptors())
    expect(recvmsg(right, new Uint8Array(1), 0, 1, 0, received)).toBe(1)
    expect(tokensOf(readyNow(epoll))).toEqual([4])
    received.close()
    expect(readyNow(epoll)).toEqual([])
    expect(interestList(epoll.fd)).toEqual([])
  })

  test('the same description under two numbers is two registrations', () => {
    const epoll = newEpoll()
    const bell = disposed(new EventFd({ initial: 1 }))
    const copy = owned(dup(bell.fd))
    epoll.add(bell.fd, IN, 1)
    epoll.add(copy, IN, 2)
    expect(tokensOf(readyNow(epoll))).toEqual([1, 2])
    epoll.delete(copy)
    expect(tokensOf(readyNow(epoll))).toEqual([1])
  })

  test('dup3 of a rebuilt epoll onto the old number takes the ghosts away', () => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    owned(dup(out))
    epoll.add(out, IN, 1)
    close(out)
    const bell = disposed(new EventFd({ initial: 1 }))
    write(into, bytesOf('x'))
    const rebuilt = disposed(new Epoll())
    rebuilt.add(bell.fd, IN, 2)
    expect(dup3(rebuilt.fd, epoll.fd, 0)).toBe(epoll.fd)
    rebuilt.close()
    expect(tokensOf(readyNow(epoll))).toEqual([2])
  })
})

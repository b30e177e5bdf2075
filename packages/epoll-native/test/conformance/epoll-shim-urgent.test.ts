// The cases of epoll-shim about urgent data (see epoll-shim.test.ts).
import { describe, expect, test } from 'vitest'
import { Epoll, EpollFlag, Errno } from '../../src/index.js'
import { MessageFlag, recv, send, setsockopt } from '../../src/socket/index.js'
import { flagsOf, nextBatch, readyNow, untilReported } from '../batches.js'
import { disposed, expectNoLeak, readiness } from '../descriptors.js'
import { bytesOf, drain, tcpPair } from '../sockets.js'

expectNoLeak()

const { IN, RDHUP, PRI, ET } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const byte = () => new Uint8Array(1)

describe('epoll-shim', () => {
  // SO_OOBINLINE has no name among SocketOption.
  const oobInline = (fd: number) =>
    expect(setsockopt(fd, 1, 10, new Uint8Array(Int32Array.of(1).buffer))).toBe(0)

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
})

// The cases of epoll-shim about pipes, sockets and their ends (see epoll-shim.test.ts).
import { describe, expect, test } from 'vitest'
import { Epoll, EpollEvents, EpollFlag, Errno } from '../../src/index.js'
import { close, FcntlCommand, fcntl, read, write } from '../../src/io/index.js'
import {
  connect,
  getSocketOption,
  ShutdownMode,
  SocketOption,
  SocketType,
  send,
  sendto,
  shutdown,
} from '../../src/socket/index.js'
import { flagsOf, nextBatch, readyNow, untilReported } from '../batches.js'
import { disposed, expectNoLeak, readiness } from '../descriptors.js'
import {
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

const { IN, OUT, RDHUP, HUP, ERR, ET } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const byte = () => new Uint8Array(1)

describe('epoll-shim', () => {
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
})

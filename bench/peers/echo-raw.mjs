// Echo on the raw layer alone, level-triggered, the same program as echo-epoll.c: one recv and one send
// per readiness, nothing allocated unless a client does not take its answer.
import { parseArgs } from 'node:util'
import { Epoll, EpollEvents, EpollFlag, EpollOp, EpollWatcher, epollCtl } from '@rearm/epoll-native'
import { close, IoBuffer } from '@rearm/epoll-native/io'
import {
  AddressFamily,
  accept4,
  bind,
  getsockname,
  listen,
  recv,
  SocketAddress,
  SocketFlag,
  SocketOption,
  SocketType,
  send,
  setSocketOption,
  socket,
} from '@rearm/epoll-native/socket'

const SIZE = 65536
const EAGAIN = -11
const EINTR = -4
const ECONNABORTED = -103
const NEW = SocketFlag.NONBLOCK | SocketFlag.CLOEXEC

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })

// Shared memory cannot be detached, which spares the addon a check in every call.
const buffer = new IoBuffer(new SharedArrayBuffer(SIZE))
const { id, bytes } = buffer
const events = new EpollEvents(1024)
const epoll = new Epoll()
const epfd = epoll.fd

/** What a client has not taken yet; while there is any, that client is not read. */
const pending = new Map()

function check(result, call) {
  if (result < 0) throw new Error(`${call}: ${result}`)
  return result
}

function watch(op, fd, flags) {
  check(epollCtl(epfd, op, fd, flags, fd, 0), 'epoll_ctl')
}

function drop(fd) {
  pending.delete(fd)
  close(fd)
}

function acceptOne() {
  const fd = accept4(listener, NEW)
  if (fd < 0) {
    if (fd === EAGAIN || fd === EINTR || fd === ECONNABORTED) return
    check(fd, 'accept4')
  }
  setSocketOption(fd, SocketOption.TCP_NODELAY, true)
  watch(EpollOp.ADD, fd, EpollFlag.IN)
}

function echo(fd) {
  const length = recv(fd, id, 0, SIZE)
  if (length <= 0) {
    if (length !== EAGAIN && length !== EINTR) drop(fd)
    return
  }
  const written = send(fd, id, 0, length)
  if (written === length) return
  if (written < 0 && written !== EAGAIN && written !== EINTR) {
    drop(fd)
    return
  }
  pending.set(fd, bytes.slice(Math.max(written, 0), length))
  watch(EpollOp.MOD, fd, EpollFlag.OUT)
}

function flush(fd) {
  const rest = pending.get(fd)
  const written = send(fd, rest)
  if (written < 0) {
    if (written !== EAGAIN && written !== EINTR) drop(fd)
    return
  }
  if (written < rest.length) {
    pending.set(fd, rest.subarray(written))
    return
  }
  pending.delete(fd)
  watch(EpollOp.MOD, fd, EpollFlag.IN)
}

const listener = check(socket(AddressFamily.INET, SocketType.STREAM | NEW, 0), 'socket')
setSocketOption(listener, SocketOption.REUSEADDR, true)
check(bind(listener, { family: 'ipv4', address: '127.0.0.1', port: Number(values.port) }), 'bind')
check(listen(listener, 4096), 'listen')
watch(EpollOp.ADD, listener, EpollFlag.IN)

new EpollWatcher(epoll, events, (count) => {
  for (let index = 0; index < count; index++) {
    const fd = events.tokenLow(index)
    if (fd === listener) acceptOne()
    else if ((events.flags(index) & EpollFlag.OUT) !== 0) flush(fd)
    else echo(fd)
  }
})

const address = new SocketAddress()
check(getsockname(listener, address), 'getsockname')
console.log(`listening on 127.0.0.1:${address.toAddress().port}`)

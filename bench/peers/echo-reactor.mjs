// Echo on the reactor, level-triggered: the same program as echo-raw.mjs with registrations in the place of numbers.
import { parseArgs } from 'node:util'
import { IoBuffer } from '@rearm/epoll-native/io'
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
import { Interest, Reactor } from '@rearm/reactor'

const SIZE = 65536
const EAGAIN = -11
const EINTR = -4
const ECONNABORTED = -103
const NEW = SocketFlag.NONBLOCK | SocketFlag.CLOEXEC

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    // So many registrations that are never ready stand beside those of the clients.
    idle: { type: 'string', default: '0' },
  },
})

// Shared memory cannot be detached, which spares the addon a check in every call.
const buffer = new IoBuffer(new SharedArrayBuffer(SIZE))
const { id, bytes } = buffer
const reactor = new Reactor()

/** What a client has not taken yet; while there is any, that client is not read. */
const pending = new Map()

function check(result, call) {
  if (result < 0) throw new Error(`${call}: ${result}`)
  return result
}

function drop(client) {
  pending.delete(client)
  client.close()
}

function acceptOne() {
  const fd = accept4(listener, NEW)
  if (fd < 0) {
    if (fd === EAGAIN || fd === EINTR || fd === ECONNABORTED) return
    check(fd, 'accept4')
  }
  setSocketOption(fd, SocketOption.TCP_NODELAY, true)
  reactor.register(fd, Interest.READABLE, echo)
}

function echo(readiness, client) {
  const { fd } = client
  if ((readiness & Interest.WRITABLE) !== 0) {
    flush(client)
    return
  }
  const length = recv(fd, id, 0, SIZE)
  if (length <= 0) {
    if (length !== EAGAIN && length !== EINTR) drop(client)
    return
  }
  const written = send(fd, id, 0, length)
  if (written === length) return
  if (written < 0 && written !== EAGAIN && written !== EINTR) {
    drop(client)
    return
  }
  pending.set(client, bytes.slice(Math.max(written, 0), length))
  client.modify(Interest.WRITABLE)
}

function flush(client) {
  const rest = pending.get(client)
  const written = send(client.fd, rest)
  if (written < 0) {
    if (written !== EAGAIN && written !== EINTR) drop(client)
    return
  }
  if (written < rest.length) {
    pending.set(client, rest.subarray(written))
    return
  }
  pending.delete(client)
  client.modify(Interest.READABLE)
}

const listener = check(socket(AddressFamily.INET, SocketType.STREAM | NEW, 0), 'socket')
setSocketOption(listener, SocketOption.REUSEADDR, true)
check(bind(listener, { family: 'ipv4', address: '127.0.0.1', port: Number(values.port) }), 'bind')
check(listen(listener, 4096), 'listen')
reactor.register(listener, Interest.READABLE, acceptOne)

for (let count = Number(values.idle); count > 0; count--) {
  const fd = check(socket(AddressFamily.INET, SocketType.DGRAM | NEW, 0), 'socket')
  reactor.register(fd, Interest.READABLE, echo)
}

const address = new SocketAddress()
check(getsockname(listener, address), 'getsockname')
console.log(`listening on 127.0.0.1:${address.toAddress().port}`)

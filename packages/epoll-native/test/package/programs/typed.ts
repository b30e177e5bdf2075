// The TCP echo again, typed: compiled as an ES module, as CommonJS, and for a bundler.
import { connect } from 'node:net'
import {
  Epoll,
  EpollEvents,
  EpollFlag,
  EpollWatcher,
  type OnBatch,
  type PidFd,
  type SignalName,
  SystemError,
} from '@rearm/epoll-native'
import { close, IoBuffer, read, write } from '@rearm/epoll-native/io'
import {
  type Address,
  AddressFamily,
  accept4,
  bind,
  getsockname,
  listen,
  SocketAddress,
  SocketFlag,
  SocketType,
  socket,
} from '@rearm/epoll-native/socket'

function check(result: number, call: string): number {
  if (result < 0) throw new SystemError(result, call)
  return result
}

const nonblocking = SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
const anyPort: Address = { family: 'ipv4', address: '127.0.0.1', port: 0 }
const listener = check(socket(AddressFamily.INET, SocketType.STREAM | nonblocking, 0), 'socket')
check(bind(listener, anyPort), 'bind')
check(listen(listener, 16), 'listen')
const bound = new SocketAddress()
check(getsockname(listener, bound), 'getsockname')
const address = bound.toAddress()
if (address.family !== 'ipv4') throw new Error(`bound to ${address.family}`)

const epoll = new Epoll()
const buffer = new IoBuffer(1024)
const onBatch: OnBatch = (count, events) => {
  for (let index = 0; index < count; index++) {
    const fd: number = events.tokenLow(index)
    if (fd === listener) {
      const peer = check(accept4(listener, nonblocking), 'accept4')
      epoll.add(peer, EpollFlag.IN, peer)
      continue
    }
    const received = check(read(fd, buffer.id, 0, 1024), 'read')
    if (received > 0) {
      check(write(fd, buffer.id, 0, received), 'write')
    } else {
      epoll.delete(fd)
      close(fd)
    }
  }
}
epoll.add(listener, EpollFlag.IN, listener)
const watcher: Disposable = new EpollWatcher(epoll, new EpollEvents(16), onBatch)

const client = connect(address.port, address.address, () => client.end('hello'))
let answer = ''
client.setEncoding('utf8').on('data', (chunk: string) => {
  answer += chunk
})
client.on('close', () => {
  watcher[Symbol.dispose]()
  epoll.close()
  close(listener)
  buffer.release()
  console.log(`echoed: ${answer}`)
})

// What Node calls a signal is what PidFd takes.
export const forward = (process: PidFd, signal: NodeJS.Signals): void => process.sendSignal(signal)
export const name: SignalName = 'SIGTERM'
// @ts-expect-error A name that is no signal.
export const misspelt: SignalName = 'SIGTREM'

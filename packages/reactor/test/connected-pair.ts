import assert from 'node:assert/strict'
import { AddressFamily, SocketFlag, SocketType, socketpair } from '@rearm/epoll-native/socket'

/** Two connected stream sockets, whose owner is whoever asks. */
export function connectedPair(): [number, number] {
  const fds = new Int32Array(2)
  const type = SocketType.STREAM | SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
  assert.equal(socketpair(AddressFamily.UNIX, type, 0, fds), 0)
  const [a = -1, b = -1] = fds
  return [a, b]
}

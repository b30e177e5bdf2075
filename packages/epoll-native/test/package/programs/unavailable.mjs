// Prints what the package says where it has no binary.
import assert from 'node:assert/strict'
import { Epoll, epollCreate1, isAvailable, unavailabilityCause } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import { socket } from '@rearm/epoll-native/socket'

assert.equal(isAvailable, false)
for (const use of [
  () => new Epoll(),
  () => epollCreate1(0),
  () => close(-1),
  () => socket(0, 0, 0),
]) {
  assert.throws(use, unavailabilityCause)
}
console.log(
  JSON.stringify({ code: unavailabilityCause.code, message: unavailabilityCause.message }),
)

// The calls: right answers from the kernel, its errors as -errno, and bad arguments as exceptions.
import assert from 'node:assert/strict'
import * as kernel from './kernel.mjs'

/** The event at `index` of the bytes that epollWait filled: [flags, tokenLow, tokenHigh]. */
export function eventAt(native, bytes, index) {
  const start = index * native.epollEventSize
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, native.epollEventSize)
  const data = native.epollDataOffset
  return [view.getUint32(0, true), view.getUint32(data, true), view.getUint32(data + 4, true)]
}

export function checkCalls(native) {
  const epfd = native.epollCreate1(kernel.CLOEXEC)
  const fd = native.eventfd(0, kernel.CLOEXEC | kernel.NONBLOCK)
  assert.ok(epfd >= 0 && fd >= 0)
  const events = new Uint8Array(native.epollEventSize * 4)
  const count = new Uint8Array(8)

  const add = (watched, low, high) =>
    native.epollCtl(epfd, kernel.EPOLL_CTL_ADD, watched, kernel.EPOLLIN, low, high)
  assert.equal(add(fd, 0xfedcba98, 0x89abcdef), 0)
  assert.equal(add(fd, 1, 2), -kernel.EEXIST)
  assert.equal(add(-1, 1, 2), -kernel.EBADF)
  assert.equal(native.epollWait(epfd, events, 0), 0)
  assert.equal(native.write(fd, new Uint8Array([5, 0, 0, 0, 0, 0, 0, 0])), 8)
  assert.equal(native.epollWait(epfd, events, 1000), 1)
  assert.deepEqual(eventAt(native, events, 0), [kernel.EPOLLIN, 0xfedcba98, 0x89abcdef])
  const precise = native.epollPwait2(epfd, events, 1000)
  assert.ok(precise === 1 || precise === -kernel.ENOSYS, `epoll_pwait2 answered ${precise}`)
  assert.equal(native.read(fd, count), 8)
  assert.equal(count[0], 5)
  assert.equal(native.epollCtl(epfd, kernel.EPOLL_CTL_DEL, fd), 0)

  // A timer proves that 64-bit times reach the kernel as it expects them.
  const timer = native.timerfdCreate(kernel.CLOCK_MONOTONIC, kernel.CLOEXEC | kernel.NONBLOCK)
  assert.ok(timer >= 0)
  assert.equal(native.timerfdSettime(timer, 0, 0, 5_000_000, 3600, 7), 0)
  assert.equal(add(timer, 3, 4), 0)
  assert.equal(native.epollWait(epfd, events, 5000), 1)
  assert.deepEqual(eventAt(native, events, 0), [kernel.EPOLLIN, 3, 4])
  const setting = new Float64Array(4)
  assert.equal(native.timerfdGettime(timer, setting), 0)
  assert.deepEqual([setting[2], setting[3]], [3600, 7])

  const pair = new Int32Array(2)
  assert.equal(native.pipe2(pair, kernel.CLOEXEC), 0)
  assert.equal(native.writev(pair[1], new Uint8Array([1, 2]), new Uint8Array([3])), 3)
  const bytes = new Uint8Array(8)
  assert.equal(native.read(pair[0], bytes, 2, 6), 3)
  assert.deepEqual([...bytes], [0, 0, 1, 2, 3, 0, 0, 0])

  assert.throws(() => native.epollWait(epfd, 'no buffer', 0), TypeError)
  assert.throws(() => native.epollWait(epfd, events, 0.5), RangeError)
  assert.throws(() => native.epollCtl(2 ** 40, 1, fd, 1, 0, 0), RangeError)
  assert.throws(() => native.read(fd, count, 4, 5), RangeError)

  for (const open of [epfd, fd, timer, ...pair]) assert.equal(native.close(open), 0)
  // Not a number just closed: another thread may have it by now.
  assert.equal(native.close(-1), -kernel.EBADF)
}

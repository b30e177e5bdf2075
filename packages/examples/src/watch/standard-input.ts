import { StringDecoder } from 'node:string_decoder'
import { Errno, SystemError } from '@rearm/epoll-native'
import { read } from '@rearm/epoll-native/io'
import { Interest, type Reactor } from '@rearm/reactor'
import { quote } from './quote.js'
import type { Source, Tell } from './source.js'

const standardInput = 0
const bufferSize = 4096

/** Tells of what comes on standard input, be it a terminal, a pipe, a socket, a file or /dev/null, and of its end. */
export function watchStandardInput(reactor: Reactor, tell: Tell): Source {
  const buffer = new Uint8Array(bufferSize)
  const decoder = new StringDecoder('utf8')
  const registration = reactor.register(
    standardInput,
    Interest.READABLE,
    () => {
      // One read for each readiness never blocks. NONBLOCK would be set for the shell too, which has the same file open.
      const count = read(standardInput, buffer)
      if (count === -Errno.EAGAIN || count === -Errno.EINTR) return
      const text = count > 0 ? decoder.write(buffer.subarray(0, count)) : decoder.end()
      if (text !== '') tell(`input: ${quote(text)}`)
      if (count > 0) return
      registration.deregister()
      tell(count === 0 ? 'input: end' : `input: ${new SystemError(count, 'read').message}`)
    },
    // A file and /dev/null cannot be waited for: epoll_ctl(2) says EPERM, and they are always ready.
    { notPollable: 'always-ready' },
  )
  return { close: () => registration.deregister() }
}

// Closing a descriptor before taking it off the list, first on epoll alone and then on the reactor.
import { Epoll, EpollEvents, EpollFlag } from '@rearm/epoll-native'
import { close, DescriptorFlag, dup, pipe2, write } from '@rearm/epoll-native/io'
import { Interest, Reactor } from '@rearm/reactor'

const pipe = () => pipe2(ends, DescriptorFlag.CLOEXEC) === 0 && [...ends]
const ends = new Int32Array(2)
const events = new EpollEvents(8)

const epoll = new Epoll()
const [alice, toAlice] = pipe()
epoll.add(alice, EpollFlag.IN, alice) // remembered by its number, as is usual
const kept = dup(alice) // a child process, a library, a copy sent over a socket: it keeps the pipe open
close(alice) // close first …
const [bob] = pipe() // … and the number is somebody else's
write(toAlice, Buffer.from('for Alice'))
epoll.wait(events)
console.log(`epoll: ready is ${events.tokenLow(0)}; Bob, who is ${bob}, was sent nothing`)
try {
  epoll.delete(bob) // … and deregister later: the kernel looks for Bob's pipe, not for Alice's
} catch ({ code }) {
  console.log(
    `epoll: cannot be removed any more (${code}), and is reported by every wait from now on`,
  )
}
close(kept)

const reactor = new Reactor({ loop: 'manual' })
const [carol, toCarol] = pipe()
const registration = reactor.register(carol, Interest.READABLE, () => console.log('never called'))
dup(carol)
registration.close() // off the list, then closed: in this order, whoever else holds the pipe
write(toCarol, Buffer.from('for Carol'))
console.log(
  `reactor: ${reactor.poll(0)} handlers called, the audit is ${reactor.audit().empty ? 'clean' : 'not clean'}`,
)

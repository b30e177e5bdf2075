// How long a process lives that has a reactor. Standard input is a pipe; the parent writes to it when it has read `ready`.

import { openSync } from 'node:fs'
import { EventFd } from '@rearm/epoll-native'
import { close, DescriptorFlag, pipe2, read } from '@rearm/epoll-native/io'
import { Interest, Reactor } from '../../../dist/index.js'
import { LoanDesk } from '../../../dist/loan/index.js'

const [, , scenario, engine] = process.argv
const reactor = new Reactor({ engine })
const say = (text) => console.log(text)

/** Registers standard input, and says what it hears. */
function listen(options) {
  return reactor.register(
    0,
    Interest.READABLE,
    (_, self) => {
      const buffer = Buffer.alloc(100)
      say(`heard ${buffer.toString('utf8', 0, read(0, buffer)).trim()}`)
      self.deregister()
    },
    options,
  )
}

function idlePipe() {
  const fds = new Int32Array(2)
  pipe2(fds, DescriptorFlag.NONBLOCK | DescriptorFlag.CLOEXEC)
  return fds[0]
}

const scenarios = {
  // Stay until the parent writes.
  registered: () => listen(),
  'ref after unref': () => {
    reactor.unref()
    listen()
    reactor.ref()
  },
  'registered while unref’d, then ref’d': () => {
    reactor.unref()
    listen()
    setImmediate(() => reactor.ref())
  },
  'a second registration ends': () => {
    listen()
    const other = reactor.register(idlePipe(), Interest.READABLE, () => {})
    other.close()
  },
  // End by themselves.
  empty: () => {},
  'unref’d': () => {
    listen()
    reactor.unref()
  },
  deregistered: () => listen().deregister(),
  closed: () => {
    listen()
    reactor.waker()
    reactor.close()
  },
  'waker closed': () => reactor.waker().close(),
  'unref’d, asking for turns': () => {
    reactor.unref()
    reactor.register(idlePipe(), Interest.READABLE, (_, self) => self.again()).again()
  },
  'unref’d, always ready': () => {
    reactor.unref()
    reactor.register(openSync('/dev/null'), Interest.READABLE, () => {}, {
      notPollable: 'always-ready',
    })
  },
  'exit in a handler': () => {
    reactor.register(new EventFd({ initial: 1 }).release(), Interest.READABLE, () => {
      say('leaving')
      process.exit(7)
    })
  },
  'throw in a handler': () => {
    process.on('uncaughtException', (error) => {
      say(`uncaught ${error.message}`)
      reactor.close()
    })
    reactor.register(
      new EventFd({ initial: 1 }).release(),
      Interest.READABLE,
      () => {
        throw new Error('of the handler')
      },
      { mode: 'edge' },
    )
  },
  'two throw': () => {
    process.on('uncaughtException', (error) => {
      say(`uncaught ${error.name} of ${error.errors?.length}`)
      reactor.close()
    })
    for (const name of ['one', 'two']) {
      reactor.register(
        new EventFd({ initial: 1 }).release(),
        Interest.READABLE,
        () => {
          throw new Error(name)
        },
        { mode: 'edge' },
      )
    }
  },
  'throw in onEnd': () => {
    process.on('uncaughtException', (error) => say(`uncaught ${error.message}`))
    const onEnd = () => {
      throw new Error('of the end')
    }
    reactor.unref()
    reactor.register(idlePipe(), Interest.READABLE, () => {}, { onEnd }).close()
    say('closed')
    process.once('uncaughtException', () => {
      reactor.register(idlePipe(), Interest.READABLE, () => {}, { onEnd })
      reactor.close()
      say('all closed')
    })
  },
  'throw with nobody to catch it': () => {
    reactor.register(new EventFd({ initial: 1 }).release(), Interest.READABLE, () => {
      throw new Error('of the handler')
    })
  },
  'a loan that comes back after close': () => {
    const desk = new LoanDesk(reactor.share())
    const registration = reactor.register(
      new EventFd({ initial: 1 }).release(),
      Interest.READABLE,
      () => {
        const loan = desk.borrow(registration.lend())
        reactor.close()
        // The reactor waits for its loan, and then no longer keeps us alive.
        setImmediate(() => {
          loan.finish()
          say('finished')
        })
      },
      { mode: 'oneshot' },
    )
    process.on('exit', () =>
      say(`ended ${registration.ended}, open ${close(registration.fd) === 0}`),
    )
  },
}

scenarios[scenario]()
say('ready')

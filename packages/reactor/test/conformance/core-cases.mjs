// The rules that hold however a reactor is run: polled by hand, or on the event loop of the main thread or a worker. Plain
// JavaScript, because a worker runs it too.
import assert from 'node:assert/strict'
import { EpollFlag } from '@rearm/epoll-native'
import { close, DescriptorFlag, dup, dup3, read, write } from '@rearm/epoll-native/io'
import {
  AddressFamily,
  SocketFlag,
  SocketType,
  shutdown,
  socketpair,
} from '@rearm/epoll-native/socket'

/** One case's reactor and sockets, and its way to let the reactor do what is due. */
class Bench {
  #waker
  #heard = 0
  #opened = []

  constructor({ Reactor, Interest, Readiness, LoanDesk }, options) {
    Object.assign(this, { Interest, Readiness })
    this.manual = options.loop === 'manual'
    this.together = options.batch !== 1
    this.errors = []
    this.reactor = new Reactor({ onError: (error) => this.errors.push(error), ...options })
    this.desk = new LoanDesk(this.reactor.share())
    this.#waker = this.reactor.waker(() => this.#heard++)
  }

  /**
   * Lets all be told that is ready now, whether that is something or nothing: a ring that comes after it is heard, in
   * the same batch or a later one.
   */
  async settle() {
    for (let round = 0; round < 2; round++) {
      const heard = this.#heard
      this.#waker.wake()
      await this.until(() => this.#heard > heard)
    }
  }

  async until(done) {
    while (!done()) {
      if (this.manual) this.reactor.poll(1000)
      else await new Promise(setImmediate)
    }
  }

  pair() {
    const fds = new Int32Array(2)
    const type = SocketType.STREAM | SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
    assert.equal(socketpair(AddressFamily.UNIX, type, 0, fds), 0)
    this.#opened.push(...fds)
    return [...fds]
  }

  owned(fd) {
    this.#opened.push(fd)
    return fd
  }

  stats() {
    return this.reactor.stats()
  }

  async end() {
    if (!this.reactor.closed) assert.ok(this.reactor.audit().empty)
    this.reactor.close()
    for (const fd of this.#opened) close(fd)
    assert.deepEqual(this.errors, [])
    await new Promise(setImmediate)
  }
}

const send = (fd, text) => assert.equal(write(fd, Buffer.from(text)), text.length)

function receive(fd, most = 65536) {
  const buffer = Buffer.alloc(most)
  const count = read(fd, buffer)
  return count < 0 ? `errno ${-count}` : buffer.toString('utf8', 0, count)
}

/** Makes a case of what is done on a bench. */
const onBench = (run) => async (api, options) => {
  const bench = new Bench(api, options)
  try {
    await run(bench, api)
    await bench.end()
  } finally {
    // After a failure nothing may keep the thread alive.
    bench.reactor.close()
  }
}

export const coreCases = {
  '[A1] a second registration is refused, and the first stays live': onBench(async (bench) => {
    const { reactor, Interest } = bench
    const [ours, theirs] = bench.pair()
    const heard = []
    reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours)))
    assert.throws(() => reactor.register(ours, Interest.READABLE, () => {}), {
      code: 'ERR_REACTOR_ALREADY_REGISTERED',
    })
    send(theirs, 'x')
    await bench.until(() => heard.length === 1)
    assert.deepEqual(heard, ['x'])
  }),

  '[A9] nothing is told after deregister, and again after registering anew': onBench(
    async (bench) => {
      const { reactor, Interest } = bench
      const [ours, theirs] = bench.pair()
      const heard = []
      reactor.register(ours, Interest.READABLE, () => heard.push('old')).deregister()
      send(theirs, 'x')
      await bench.settle()
      assert.deepEqual(heard, [])
      reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours)))
      await bench.until(() => heard.length === 1)
      assert.deepEqual(heard, ['x'])
    },
  ),

  '[B1] level repeats, [B2] edge does not': onBench(async (bench) => {
    const { reactor, Interest } = bench
    const [level, levelPeer] = bench.pair()
    const [edge, edgePeer] = bench.pair()
    const heard = []
    reactor.register(level, Interest.READABLE, () => heard.push(receive(level, 1)))
    let edges = 0
    reactor.register(edge, Interest.READABLE, () => edges++, { mode: 'edge' })
    send(levelPeer, 'abc')
    send(edgePeer, 'abc')
    await bench.until(() => heard.length === 3)
    await bench.settle()
    assert.deepEqual(heard, ['a', 'b', 'c'])
    assert.equal(edges, 1)
    send(edgePeer, 'd')
    await bench.until(() => edges === 2)
  }),

  '[C1] a oneshot is silent until armed, [C2] and then told what is there': onBench(
    async (bench) => {
      const { reactor, Interest } = bench
      const [ours, theirs] = bench.pair()
      let fired = 0
      const registration = reactor.register(ours, Interest.READABLE, () => fired++, {
        mode: 'oneshot',
      })
      send(theirs, 'x')
      await bench.until(() => fired === 1)
      send(theirs, 'y')
      await bench.settle()
      assert.equal(fired, 1)
      registration.rearm()
      await bench.until(() => fired === 2)
    },
  ),

  '[C4] a loan that is re-armed fires again; finished, it is closed': onBench(async (bench) => {
    const { reactor, desk, Interest } = bench
    const [ours, theirs] = bench.pair()
    const heard = []
    const registration = reactor.register(
      ours,
      Interest.READABLE,
      () => {
        const loan = desk.borrow(registration.lend())
        heard.push(receive(loan.fd))
        if (heard.at(-1) === 'end') loan.finish()
        else loan.rearm()
      },
      { mode: 'oneshot' },
    )
    for (const text of ['one', 'two', 'end']) {
      send(theirs, text)
      await bench.until(() => heard.at(-1) === text)
    }
    await bench.until(() => registration.ended)
    assert.deepEqual(heard, ['one', 'two', 'end'])
    assert.equal(receive(theirs), '')
  }),

  '[C5] a loan that is closed under its borrower is shut down at once, closed at its end': onBench(
    async (bench) => {
      const { reactor, desk, Interest } = bench
      const [ours, theirs] = bench.pair()
      let loan
      const registration = reactor.register(
        ours,
        Interest.READABLE,
        () => {
          loan = desk.borrow(registration.lend())
        },
        { mode: 'oneshot' },
      )
      send(theirs, 'x')
      await bench.until(() => loan !== undefined)
      registration.close()
      assert.equal(receive(theirs), '')
      await bench.settle()
      assert.equal(registration.ended, false)
      assert.equal(loan.revoked, true)
      loan.rearm()
      await bench.until(() => registration.ended)
    },
  ),

  '[D1] a number that is reused in a batch gets nothing of its last owner': onBench(
    async (bench) => {
      const { reactor, Interest } = bench
      const told = []
      const pairs = [bench.pair(), bench.pair()]
      const [fresh] = bench.pair()
      const registrations = pairs.map(([ours]) =>
        reactor.register(ours, Interest.READABLE, (_, self) => {
          told.push('old')
          self.disarm()
          const other = registrations.find((each) => each !== self)
          if (other.ended) return
          other.close()
          assert.equal(dup3(fresh, other.fd, DescriptorFlag.CLOEXEC), other.fd)
          reactor.register(other.fd, Interest.READABLE, () => told.push('new'))
        }),
      )
      for (const [, theirs] of pairs) send(theirs, 'x')
      await bench.settle()
      assert.deepEqual(told, ['old'])
      assert.equal(bench.stats().ghosts, 0)
      // Alone in its batch, it was removed before it was fetched.
      assert.equal(bench.stats().stale, bench.together ? 1 : 0)
    },
  ),

  '[D3] a ghost is found, counted and removed, and no edge is lost': onBench(async (bench) => {
    const { reactor, Interest } = bench
    const [ours, theirs] = bench.pair()
    const [edge, edgePeer] = bench.pair()
    const heard = []
    reactor.register(edge, Interest.READABLE, () => heard.push(receive(edge)), { mode: 'edge' })
    const registration = reactor.register(ours, Interest.READABLE, () => heard.push('ghost'))
    bench.owned(dup(ours))
    close(ours)
    registration.close()
    send(theirs, 'x')
    send(edgePeer, 'edge')
    await bench.until(() => bench.stats().rebuilds === 1)
    await bench.settle()
    const { events } = bench.stats()
    await bench.settle()
    // Two rings of the waker's, and nothing of the ghost's.
    assert.equal(bench.stats().events, events + 2)
    assert.equal(bench.stats().ghosts, 1)
    assert.equal(heard[0], 'edge')
    assert.ok(!heard.includes('ghost'))
    send(edgePeer, 'another')
    await bench.until(() => heard.at(-1) === 'another')
  }),

  '[E1] [E2] [E3] a handler removes itself and all others of the batch': onBench(async (bench) => {
    const { reactor, Interest } = bench
    let called = 0
    const pairs = Array.from({ length: 50 }, () => bench.pair())
    const registrations = pairs.map(([ours]) =>
      reactor.register(ours, Interest.READABLE, () => {
        called++
        for (const each of registrations) each.close()
      }),
    )
    for (const [, theirs] of pairs) send(theirs, 'x')
    await bench.settle()
    assert.equal(called, 1)
    assert.equal(bench.stats().registrations, 0)
    assert.equal(bench.stats().ghosts, 0)
  }),

  '[E6] errors of handlers are told once each, and the batch goes on': onBench(async (bench) => {
    const { reactor, Interest } = bench
    let called = 0
    for (const index of [0, 1, 2]) {
      const [ours, theirs] = bench.pair()
      send(theirs, 'x')
      reactor.register(
        ours,
        Interest.READABLE,
        () => {
          called++
          if (index !== 1) throw index
        },
        { mode: 'edge' },
      )
    }
    await bench.settle()
    assert.equal(called, 3)
    assert.deepEqual(bench.errors.splice(0).sort(), [0, 2])
  }),

  '[E7] poll in a handler is refused': onBench(async (bench) => {
    const { reactor, Interest } = bench
    const [ours, theirs] = bench.pair()
    const codes = []
    reactor.register(
      ours,
      Interest.READABLE,
      () => {
        try {
          reactor.poll(0)
        } catch (error) {
          codes.push(error.code)
        }
      },
      { mode: 'oneshot' },
    )
    send(theirs, 'x')
    await bench.settle()
    assert.deepEqual(codes, ['ERR_REACTOR_REENTRANT_POLL'])
  }),

  '[I1] data, then the end of the stream': onBench(async (bench) => {
    const { reactor, Interest, Readiness } = bench
    const [ours, theirs] = bench.pair()
    const heard = []
    reactor.register(ours, Interest.READABLE, (readiness, self) => {
      heard.push(receive(ours))
      if (heard.at(-1) !== '') return
      assert.ok(Readiness.readClosed(readiness))
      assert.equal(readiness & EpollFlag.RDHUP, EpollFlag.RDHUP)
      self.close()
    })
    send(theirs, 'last')
    shutdown(theirs, 1)
    await bench.until(() => bench.stats().registrations === 0)
    assert.deepEqual(heard, ['last', ''])
  }),

  '[K2] turns that are asked for are given, and stop nobody else': onBench(async (bench) => {
    const { reactor, Interest } = bench
    const [ours, theirs] = bench.pair()
    const [other, otherPeer] = bench.pair()
    const heard = []
    let others = 0
    reactor.register(other, Interest.READABLE, () => receive(other) && others++)
    reactor.register(
      ours,
      Interest.READABLE,
      (_, self) => {
        const letter = receive(ours, 1)
        if (letter.startsWith('errno')) return
        heard.push(letter)
        if (heard.length === 3) send(otherPeer, 'x')
        self.again()
      },
      { mode: 'edge' },
    )
    send(theirs, 'abcdefgh')
    await bench.until(() => heard.length === 8 && others === 1)
    assert.equal(heard.join(''), 'abcdefgh')
    await bench.settle()
    assert.equal(heard.length, 8)
  }),

  '[N3] close in a handler ends everything': onBench(async (bench) => {
    const { reactor, Interest } = bench
    let called = 0
    for (let index = 0; index < 3; index++) {
      const [ours, theirs] = bench.pair()
      send(theirs, 'x')
      reactor.register(ours, Interest.READABLE, () => {
        called++
        reactor.close()
      })
    }
    await bench.until(() => reactor.closed)
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
    assert.equal(called, 1)
    assert.throws(() => reactor.poll(0), { code: 'ERR_REACTOR_CLOSED' })
  }),

  '[L] two reactors in one thread do not disturb each other': async (api, options) => {
    const [one, two] = [new Bench(api, options), new Bench(api, options)]
    const [ours, theirs] = one.pair()
    const heard = []
    const { READABLE } = api.Interest
    const first = one.reactor.register(ours, READABLE, () => heard.push('one'), { mode: 'edge' })
    two.reactor.register(ours, READABLE, () => heard.push('two'), { mode: 'edge' })
    send(theirs, 'x')
    await one.settle()
    await two.settle()
    first.deregister()
    send(theirs, 'y')
    await one.settle()
    await two.settle()
    assert.deepEqual(heard.sort(), ['one', 'two', 'two'])
    two.reactor.close()
    await one.end()
    await two.end()
  },
}

import { EpollFlag, Errno } from '@rearm/epoll-native'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Interest, type Reactor, type Registration } from '../src/index.js'
import { expectClean, manualReactor } from './descriptors.js'
import { ScriptedDesk, SteppedPoller } from './scripted.js'
import { Transitions } from './transitions.js'

expectClean()

const transitions = new Transitions()
beforeAll(() => transitions.start())
afterAll(() => {
  transitions.stop()
  // Out of REARMING by every way that takes a second thread, or its death.
  for (const to of ['FIRED', 'BORROWED', 'REVOKED', 'RETURNED', 'FREE']) {
    expect(transitions.seen).toContain(`REARMING → ${to}`)
  }
})

const { IN, OUT } = EpollFlag
const FD = 7

interface Scene {
  readonly kernel: SteppedPoller
  readonly reactor: Reactor
  readonly desk: ScriptedDesk
  readonly registration: Registration
  /** What the handler was told. */
  readonly heard: number[]
  /** Has the kernel report the descriptor, under the token that it is armed with. */
  fire(flags?: number): void
  /** Has the reactor find a ghost, and so rebuild. */
  rebuild(): void
}

/** One oneshot registration, which has fired. `again` is called when it does so once more. */
function scene(again: (self: Registration) => void = () => {}): Scene {
  const kernel = new SteppedPoller()
  const reactor = manualReactor({ poller: kernel })
  const desk = new ScriptedDesk(reactor, kernel)
  const heard: number[] = []
  kernel.open(FD)
  const registration = reactor.register(
    FD,
    Interest.READABLE,
    (readiness, self) => {
      heard.push(readiness)
      if (heard.length > 1) again(self)
    },
    { mode: 'oneshot' },
  )
  const fire = (flags = IN) => {
    kernel.script([{ fd: FD, flags }])
    reactor.poll(0)
  }
  const rebuild = () => {
    const { rebuilds } = reactor.stats()
    kernel.scriptGhost()
    reactor.poll(0)
    expect(reactor.stats().rebuilds).toBe(rebuilds + 1)
  }
  fire()
  return { kernel, reactor, desk, registration, heard, fire, rebuild }
}

/** It is armed once, under its generation, and fires. */
function expectToFire({ reactor, kernel, heard, fire }: Scene, flags = IN): void {
  expect(reactor.audit().empty).toBe(true)
  expect(kernel.listed(FD)).toMatchObject({ armed: true })
  const before = heard.length
  fire(flags)
  expect(heard).toHaveLength(before + 1)
  expect(kernel.listed(FD)).toMatchObject({ armed: false })
}

describe('a rebuild', () => {
  test('adds what is armed, in its mode and under its token, and leaves out what has fired', () => {
    const { kernel, reactor, rebuild } = scene()
    const modes = ['level', 'edge', 'oneshot', 'edge-oneshot', 'exclusive'] as const
    for (const [index, mode] of modes.entries()) {
      kernel.open(10 + index)
      reactor.register(10 + index, Interest.READABLE, () => {}, { mode })
    }
    const before = kernel.entries().filter(({ fd }) => fd >= 10 && fd < 20)
    rebuild()
    expect(kernel.entries().filter(({ fd }) => fd >= 10 && fd < 20)).toEqual(before)
    expect(kernel.listed(FD)).toBeUndefined()
  })

  test.each(['pollable', 'file'] as const)(
    'does not add a number that was closed behind our back and is somebody else’s now (%s)',
    (kind) => {
      const { kernel, reactor, rebuild } = scene()
      kernel.open(8)
      const registration = reactor.register(8, Interest.READABLE, () => {})
      kernel.closeBehind(8)
      kernel.open(8, kind)
      rebuild()
      expect(kernel.listed(8)).toBeUndefined()
      expect(reactor.audit().missing).toEqual([8])
      registration.close()
      expect(kernel.isOpen(8)).toBe(true)
    },
  )

  test('keeps the old list when somebody cannot be added to the new one', () => {
    const stage = scene()
    const { kernel, reactor, registration } = stage
    registration.rearm()
    kernel.refuse = -Errno.ENOSPC
    kernel.scriptGhost()
    expect(() => reactor.poll(0)).toThrow(expect.objectContaining({ code: 'ENOSPC' }))
    expect(reactor.stats().rebuilds).toBe(0)
    kernel.refuse = undefined
    expectToFire(stage)
  })

  test('leaves what is disarmed alone', () => {
    const stage = scene()
    stage.registration.rearm()
    stage.registration.disarm()
    stage.rebuild()
    expect(stage.kernel.listed(FD)).toBeUndefined()
    stage.registration.modify(Interest.WRITABLE)
    expect(stage.kernel.listed(FD)).toBeUndefined()
    stage.registration.rearm()
    expect(stage.reactor.audit().empty).toBe(true)
  })
})

describe('what had fired when the list was rebuilt', () => {
  test('is armed by rearm', () => {
    const stage = scene()
    stage.rebuild()
    stage.registration.rearm()
    expectToFire(stage)
  })

  test('is armed by modify, as ever', () => {
    const stage = scene()
    stage.rebuild()
    stage.registration.modify(Interest.WRITABLE)
    expect(stage.reactor.audit().empty).toBe(true)
    stage.fire(OUT)
    expect(stage.heard).toEqual([IN, OUT])
  })

  test('can be disarmed and closed', () => {
    const stage = scene()
    stage.rebuild()
    stage.registration.disarm()
    stage.registration.close()
    expect(stage.kernel.isOpen(FD)).toBe(false)
  })
})

describe('what was on loan when the list was rebuilt', () => {
  test('is armed by its borrower, and is on the list from then on', () => {
    const stage = scene()
    const loan = stage.desk.borrow(stage.registration.lend())
    stage.rebuild()
    loan.rearm()
    expectToFire(stage)
  })

  test('survives the next rebuild', () => {
    const stage = scene()
    const ticket = stage.registration.lend()
    stage.rebuild()
    stage.desk.borrow(ticket).rearm()
    stage.rebuild()
    expectToFire(stage)
  })

  test('takes modify, disarm and close once its borrower has armed it', () => {
    const stage = scene()
    const ticket = stage.registration.lend()
    stage.rebuild()
    stage.desk.borrow(ticket).rearm()
    stage.registration.modify(Interest.READABLE | Interest.PRIORITY)
    expect(stage.reactor.audit().empty).toBe(true)
    stage.registration.disarm()
    expect(stage.kernel.listed(FD)).toBeUndefined()
    stage.registration.rearm()
    // Closed behind our back, and reused: not ours to close.
    stage.kernel.closeBehind(FD)
    stage.kernel.open(FD)
    stage.registration.close()
    expect(stage.kernel.isOpen(FD)).toBe(true)
  })
})

describe('a borrower that re-arms during a rebuild', () => {
  test('is found when it told the old list, after the new one was filled', () => {
    const stage = scene()
    const loan = stage.desk.borrow(stage.registration.lend())
    stage.kernel.onFilled = () => loan.rearm()
    stage.rebuild()
    expectToFire(stage)
  })

  test('has added itself when it told the new list, before it was looked at again', () => {
    const stage = scene()
    const loan = stage.desk.borrow(stage.registration.lend())
    stage.kernel.onReplaced = () => loan.rearm()
    stage.rebuild()
    expectToFire(stage)
  })

  test.each(['before', 'after'] as const)(
    'is told to arm again when the rebuild comes %s its epoll_ctl(2)',
    (side) => {
      const stage = scene()
      const loan = stage.desk.borrow(stage.registration.lend())
      stage.desk[side] = (call) => {
        if (call === 1) stage.rebuild()
      }
      loan.rearm()
      // Two calls for the first time (MOD, ADD) or one, and at least one for the second.
      expect(stage.desk.calls).toBeGreaterThan(1)
      stage.kernel.script([{ fd: FD, flags: IN }])
      // The first event may be of the first time: dropped, and armed once more.
      stage.reactor.poll(0)
      expect(stage.heard).toHaveLength(1)
      expectToFire(stage)
    },
  )

  test('makes no call after its second time has begun and its first has fired', () => {
    const stage = scene((self) => self.close())
    const { kernel, desk } = stage
    const loan = desk.borrow(stage.registration.lend())
    let fired = false
    desk.before = (call) => {
      if (call === 1) stage.rebuild()
      // On the new list by the first time's ADD, and at it for the second time: the event is the first time's.
      else if (!fired && kernel.listed(FD)?.armed === true) {
        fired = true
        stage.fire()
      }
    }
    loan.rearm()
    expect(fired).toBe(true)
    desk.before = () => {}
    expect(stage.heard).toHaveLength(1)
    stage.fire()
    stage.fire()
    // Now it fires, and its handler closes it: nobody touches the number afterwards.
    expect(stage.registration.ended).toBe(true)
    expect(kernel.calls.at(-1)).toBe(`close ${FD}`)
    expect(stage.reactor.stats().ghosts).toBe(1)
  })

  test('is not fired twice by an event of the first time that was fetched before the second', () => {
    const stage = scene((self) => self.lend())
    const loan = stage.desk.borrow(stage.registration.lend())
    stage.desk.before = (call) => {
      if (call === 1) stage.rebuild()
    }
    loan.rearm()
    stage.fire()
    expect(stage.heard).toHaveLength(1)
    stage.fire()
    expect(stage.registration.lent).toBe(true)
    // Nothing is left on the list that could be taken for a ghost.
    expect(stage.kernel.listed(FD)).toMatchObject({ armed: false })
    stage.registration.recall()
  })

  test('is revoked between its epoll_ctl(2) and its saying so', () => {
    const stage = scene()
    const loan = stage.desk.borrow(stage.registration.lend())
    stage.desk.after = (call) => {
      if (call === 1) stage.rebuild()
      if (call === 2) stage.registration.close()
    }
    loan.rearm()
    expect(stage.kernel.isOpen(FD)).toBe(true)
    stage.kernel.script([{ fd: -1, flags: IN, token: { low: 0xffffffff, high: 0 } }])
    stage.reactor.poll(0)
    expect(stage.registration.ended).toBe(true)
    expect(stage.kernel.isOpen(FD)).toBe(false)
  })
})

describe('a borrower that is overtaken', () => {
  test('by the event that its own epoll_ctl(2) calls forth: the registration has fired, and can be lent again', () => {
    const stage = scene()
    const { desk, registration, heard, fire } = stage
    const loan = desk.borrow(registration.lend())
    desk.after = () => {
      desk.after = () => {}
      fire()
      expect(heard).toHaveLength(2)
    }
    loan.rearm()
    expect(desk.calls).toBe(1)
    expect(registration.lent).toBe(false)
    desk.borrow(registration.lend()).rearm()
    expectToFire(stage)
  })

  test('by a close(2) behind everybody’s back: the kernel refuses, and the loan is returned', () => {
    const { kernel, reactor, desk, registration } = scene()
    const loan = desk.borrow(registration.lend())
    kernel.closeBehind(FD)
    expect(() => loan.rearm()).toThrow('EBADF')
    expect(loan.over).toBe(true)
    kernel.script([{ fd: -1, flags: IN, token: { low: 0xffffffff, high: 0 } }])
    reactor.poll(0)
    expect(registration.ended).toBe(true)
  })

  test('by its own death in the midst of it: reclaim arms, or closes what the kernel refuses to arm', () => {
    for (const isClosedBehind of [false, true]) {
      const stage = scene()
      const { kernel, reactor, desk, registration } = stage
      const loan = desk.borrow(registration.lend())
      const death = new Error('terminated')
      desk.before = () => {
        throw death
      }
      expect(() => loan.rearm()).toThrow(death)
      if (isClosedBehind) kernel.closeBehind(FD)
      const [closed, rearmed] = isClosedBehind ? [1, 0] : [0, 1]
      expect(reactor.reclaim(0)).toEqual({ closed, rearmed })
      expect(registration.ended).toBe(isClosedBehind)
      if (!isClosedBehind) expectToFire(stage)
    }
  })
})

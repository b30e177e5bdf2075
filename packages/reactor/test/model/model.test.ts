import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Transitions } from '../transitions.js'
import type { Channel } from './channel.js'
import type { Watch } from './watch.js'
import { World } from './world.js'

const { MODEL_RUNS = '10000', MODEL_SEED = '20240229' } = process.env
const runs = Number(MODEL_RUNS)
const seed = Number(MODEL_SEED)
/** What becomes of a slot while one thread is both reactor and borrower; the rest is in rebuild-races.test.ts. */
const transitionsOfOneThread = [
  'ARMED → ARMED',
  'ARMED → FIRED',
  'ARMED → FREE',
  'BORROWED → FREE',
  'BORROWED → REARMING',
  'BORROWED → RETURNED',
  'BORROWED → REVOKED',
  'FIRED → ARMED',
  'FIRED → FIRED',
  'FIRED → FREE',
  'FIRED → LENT',
  'FREE → ARMED',
  'LENT → BORROWED',
  'LENT → FIRED',
  'REARMING → ARMED',
  'RETURNED → FREE',
  'REVOKED → FREE',
  'REVOKED → RETURNED',
]
const timeout = 60_000 + runs * 20

type OnChannel = (world: World, channel: Channel, choice: number) => void
type OnWatch = (world: World, watch: Watch, choice: number) => void

const onChannel: Readonly<Record<string, OnChannel>> = {
  register: (world, channel, choice) => world.register(channel, choice),
  write: (world, channel) => world.write(channel),
  read: (_, channel) => channel.drain(),
  duplicate: (_, channel) => channel.duplicate(),
  closeDuplicates: (_, channel) => channel.closeDuplicates(),
  closeBehind: (world, channel, choice) => world.closeBehind(channel, choice % 3 !== 0),
  hangUp: (world, channel) => world.hangUp(channel),
}
const onWatch: Readonly<Record<string, OnWatch>> = {
  modify: (world, watch, choice) => world.modify(watch, choice),
  rearm: (world, watch) => world.rearm(watch),
  disarm: (world, watch) => world.disarm(watch),
  again: (world, watch) => world.again(watch),
  lend: (world, watch) => world.loans.lend(watch),
  borrow: (world, watch) => world.loans.borrow(watch),
  returnLoan: (world, watch, choice) => world.loans.returnLoan(watch, choice),
  lendThroughRebuild: (world, watch, choice) => world.lendThroughRebuild(watch, choice),
  recall: (world, watch) => world.loans.recall(watch),
  close: (world, watch) => world.close(watch),
  deregister: (world, watch) => world.deregister(watch),
}
const onWorld: Readonly<Record<string, (world: World, choice: number) => void>> = {
  open: (world, choice) => world.open(1 + (choice % 8)),
  poll: (world) => world.poll(),
  borrowStale: (world, choice) => world.loans.borrowStale(choice),
  reclaim: (world) => world.reclaim(),
  haunt: (world) => world.haunt(),
}

/** An operation, which of the descriptors or registrations it is done to, and how. */
interface Step {
  readonly op: string
  readonly target: number
  readonly choice: number
}

const step = fc.record<Step>({
  op: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...Object.keys(onChannel), 'register', 'write') },
    { weight: 10, arbitrary: fc.constantFrom(...Object.keys(onWatch), 'lend', 'borrow') },
    { weight: 5, arbitrary: fc.constantFrom('poll', 'pollAndAct') },
    { weight: 2, arbitrary: fc.constantFrom('closeAndAct', 'deregisterAndAct') },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(onWorld)) },
  ),
  target: fc.nat(63),
  choice: fc.nat(255),
})

function perform(world: World, { op, target, choice }: Step): void {
  const channel = world.channels[target % world.channels.length]
  // Mostly the latest: those of old have ended.
  const watch = world.watches.at(-1 - (target % Math.min(world.watches.length, 16)))
  if (channel !== undefined) onChannel[op]?.(world, channel, choice)
  if (watch !== undefined) onWatch[op]?.(world, watch, choice)
  onWorld[op]?.(world, choice)
}

function end(world: World, { op, target }: Step, acts: (() => void)[]): void {
  const watches = world.live()
  const watch = watches[target % watches.length]
  if (watch !== undefined)
    world.endAndAct(watch, op === 'closeAndAct' ? 'close' : 'deregister', acts)
}

function play(world: World, steps: readonly Step[]): void {
  world.open(4)
  for (let index = 0; index < steps.length; index++) {
    const next = steps[index]
    if (next === undefined) break
    if (next.op.endsWith('AndAct')) {
      // The steps that follow are done by the handlers of this poll, or by what is told of an end, one each.
      const count = next.choice % 6
      const acts = steps
        .slice(index + 1, index + 1 + count)
        .map((act) => () => perform(world, { ...act, op: act.op.replace('AndAct', '') }))
      index += acts.length
      if (next.op === 'pollAndAct') world.poll(acts)
      else end(world, next, acts)
    } else {
      perform(world, next)
    }
    world.checkEnds()
  }
}

/** Ends loans, lets every ghost show itself, and compares the lists. */
function settle(world: World): void {
  for (const watch of world.live()) {
    if (watch.state === 'borrowed' || watch.state === 'revoked') world.loans.returnLoan(watch, 2)
    if (watch.state === 'lent') world.loans.recall(watch)
  }
  world.poll()
  for (const watch of world.live()) if (watch.closedBehind) world.close(watch)
  // A ghost is found when it fires: it is given every cause to.
  for (const channel of world.channels) world.write(channel)
  for (const channel of world.channels) if (!channel.isOpen) world.hangUp(channel)
  for (let turn = 0; turn < 3; turn++) world.poll()
  const { ghosts } = world.reactor.stats()
  world.poll()
  assert.equal(world.reactor.stats().ghosts, ghosts, 'a ghost goes on firing')
  if (!world.mayHaveGhosts) assert.equal(ghosts, 0, 'a ghost was seen where there is none')
  // What had fired before it became a ghost is silent for ever, and gone with its duplicate.
  for (const channel of world.channels) channel.closeDuplicates()
  assert.deepEqual(world.reactor.audit(), { missing: [], ghosts: [], wrong: [], empty: true })
  // And nobody is deaf.
  for (const watch of world.live()) {
    if (watch.state === 'fired' || watch.state === 'disarmed') world.rearm(watch)
    world.write(watch.channel)
  }
  world.poll()
}

const sequences = fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
  const world = new World()
  try {
    play(world, steps)
    settle(world)
    world.checkEnds()
    world.reactor.close()
    world.checkEnds()
  } finally {
    world.reactor.close()
    for (const channel of world.channels) channel.dispose()
  }
})

test(
  `the reactor does what its model does, in ${runs} random sequences of operations`,
  () => {
    const before = readdirSync('/proc/self/fd').length
    const transitions = new Transitions()
    transitions.start()
    try {
      // A failure prints the seed, and the shortest sequence that was found to fail.
      fc.assert(sequences, { numRuns: runs, seed })
    } finally {
      transitions.stop()
    }
    // A few runs need not come across all of them.
    if (runs >= 10_000) expect([...transitions.seen].sort()).toEqual(transitionsOfOneThread)
    expect(readdirSync('/proc/self/fd')).toHaveLength(before)
  },
  timeout,
)

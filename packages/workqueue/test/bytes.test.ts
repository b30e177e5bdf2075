import { UnserializableError } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { outOfSlab, Slabs } from '../src/codec/slab.js'
import { lane, pass, wentByPort } from './support/lane.js'
import { basicQueue, echo } from './support/queues.js'

describe('byte arrays', () => {
  it('over shared memory share it, alone and in a value', async () => {
    const queue = basicQueue()
    const shared = new Uint8Array(new SharedArrayBuffer(8))
    const back = await echo(queue, shared)
    back.fill(3)
    expect([...shared]).toEqual([3, 3, 3, 3, 3, 3, 3, 3])
    await queue.run('fillFirst', [shared])
    expect([...back]).toEqual([7, 7, 7, 7, 7, 7, 7, 7])
  })

  it('over one buffer have one buffer over there, and back', async () => {
    const queue = basicQueue()
    const buffer = new ArrayBuffer(16)
    const views = [new Uint8Array(buffer, 0, 8), new Uint8Array(buffer, 4, 8)]
    const [a, b] = await echo(queue, views)
    a?.fill(9)
    expect([...(b ?? [])]).toEqual([9, 9, 9, 9, 0, 0, 0, 0])
    const [one, other] = await queue.run('twoViews', 8)
    expect(one?.buffer).toBe(other?.buffer)
    expect(one?.buffer.byteLength).toBe(8)
  })

  it('of a pool travel alone, without the rest of it', async () => {
    const queue = basicQueue()
    const pair = () => [Buffer.from('secret').subarray(0, 1), Buffer.from('b')]
    const back = await echo(queue, pair())
    expect(back).toEqual([new Uint8Array([115]), new Uint8Array([98])])
    // What was received lies in a pool as well.
    const again = await echo(queue, back)
    expect(again).toEqual(back)
    for (const { buffer } of [...back, ...again]) {
      expect(Buffer.from(buffer).includes('secret')).toBe(false)
    }
  })

  it('that are detached cannot be sent, empty ones can', async () => {
    const queue = basicQueue()
    const bytes = new Uint8Array(8)
    structuredClone(bytes, { transfer: [bytes.buffer] })
    for (const [input, path] of [
      [bytes, 'input'],
      [{ bytes }, 'input.bytes'],
    ] as const) {
      const run = queue.run('echo', input as unknown)
      await expect(run).rejects.toBeInstanceOf(UnserializableError)
      await expect(run).rejects.toMatchObject({ path })
    }
    await expect(queue.run('giveDetached')).rejects.toMatchObject({
      path: 'result of giveDetached.bytes',
    })
    const empty = new Uint8Array(0)
    expect(await echo(queue, [empty, new Uint8Array(0)])).toEqual([empty, empty])
  })

  it.each([
    ['Buffer.from', () => [Buffer.from('a'), Buffer.from('b')]],
    [
      'a view of one',
      () => {
        const { buffer, byteOffset } = Buffer.from('ab')
        return [new Uint8Array(buffer, byteOffset, 1), new Uint8Array(buffer, byteOffset + 1, 1)]
      },
    ],
  ] as const)('of a pool go through shared memory (%s)', (_, make) => {
    const ends = lane()
    // More than one pool has room for.
    const filler = Buffer.from('f'.repeat(1000))
    for (let i = 0; i < 200; i++) {
      Buffer.from(filler)
      const value = make()
      expect(pass(ends, value)).toEqual(value.map((bytes) => Uint8Array.from(bytes)))
      expect(wentByPort(ends)).toBe(false)
    }
  })

  it.each([8192, 65_536, 65_600])(
    'of a buffer as large as a pool (%i) still share it',
    async (size) => {
      const queue = basicQueue()
      const buffer = new ArrayBuffer(size)
      const back = await echo(queue, [Buffer.from(buffer, 0, 8), Buffer.from(buffer, 4, 8)])
      back[0]?.fill(1)
      expect([...(back[1] ?? [])]).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
    },
  )
})

describe('received byte arrays', () => {
  const LENGTHS = [1, 7, 100, 256, 257, 3001, 4096, 4097]

  it.each(LENGTHS)('of %i bytes start where any typed array may lie', (length) => {
    const ends = lane()
    for (let i = 0; i < 5; i++) {
      const bytes = pass(ends, new Uint8Array(length).fill(i)) as Uint8Array
      expect(bytes.byteOffset % 8).toBe(0)
      expect(bytes).toEqual(new Uint8Array(length).fill(i))
    }
  })

  it('are not taken from each other by a transfer of one', () => {
    const ends = lane()
    const received = LENGTHS.map(
      (length) => pass(ends, new Uint8Array(length).fill(9)) as Uint8Array,
    )
    for (const { buffer, length } of received) {
      if (length > 4096) continue
      // Node 20 copies what it must not transfer, and later ones refuse it.
      try {
        structuredClone(null, { transfer: [buffer as ArrayBuffer] })
      } catch (error) {
        expect(error).toMatchObject({ name: 'DataCloneError' })
      }
    }
    for (const [i, bytes] of received.entries()) {
      expect(bytes).toEqual(new Uint8Array(LENGTHS[i] as number).fill(9))
    }
  })

  it.each(LENGTHS)('of %i bytes may be in a transfer list, there and back', async (length) => {
    const queue = basicQueue()
    const bytes = new Uint8Array(length).fill(5)
    const back = await queue.run('moveInput', bytes)
    expect(back).toEqual(bytes)
    const other = new ArrayBuffer(8)
    const transfer = [other, back.buffer as ArrayBuffer]
    expect(await queue.run('echo', back, { transfer })).toEqual(bytes)
    expect(other.byteLength).toBe(0)
  })

  it.each([
    [3, 8192],
    [1000, 32_768],
  ])('of %i bytes take no more than %i along by structured clone', (length, most) => {
    const ends = lane()
    const bytes = pass(ends, new Uint8Array(length))
    const map = pass(ends, new Map([[1, bytes]])) as Map<number, Uint8Array>
    expect(map.get(1)?.buffer.byteLength).toBeLessThanOrEqual(most)
  })

  it('take nothing along where they are all that goes by structured clone', () => {
    const ends = lane()
    const bytes = pass(ends, new Uint8Array(40).fill(6))
    const back = pass(ends, bytes, [new ArrayBuffer(8)]) as Uint8Array
    expect(wentByPort(ends)).toBe(true)
    expect(back).toEqual(bytes)
    expect(back.buffer.byteLength).toBe(40)
  })
})

describe('a transfer list that is wrong', () => {
  const detached = () => {
    const buffer = new ArrayBuffer(8)
    structuredClone(buffer, { transfer: [buffer] })
    return buffer
  }
  const twice = () => {
    const buffer = new ArrayBuffer(8)
    return [buffer, buffer]
  }

  it.each<[string, () => unknown, string]>([
    ['is no list', () => 5, 'transfer'],
    ['has something twice', twice, 'transfer[1]'],
    ['has something detached', () => [new ArrayBuffer(8), detached()], 'transfer[1]'],
    ['has a number', () => [1], 'transfer[0]'],
    ['has what cannot be transferred', () => [{}], 'transfer'],
  ])('is named by the error: it %s', async (_, list, path) => {
    const queue = basicQueue()
    const run = queue.run('echo', 1, { transfer: list() as ArrayBuffer[] })
    await expect(run).rejects.toBeInstanceOf(UnserializableError)
    await expect(run).rejects.toMatchObject({ path, job: { name: 'echo' } })
    expect(await echo(queue, 2)).toBe(2)
  })

  it('is named where a result has one', async () => {
    const queue = basicQueue()
    const wrong = queue.run('moveOddly', 5 as unknown as ArrayBuffer[])
    await expect(wrong).rejects.toMatchObject({ path: 'transfer of result of moveOddly' })
    const run = queue.run('moveTwice')
    await expect(run).rejects.toMatchObject({ path: 'transfer[1] of result of moveTwice' })
  })
})

it('empty byte arrays share no memory, and one may be transferred away', async () => {
  const queue = basicQueue()
  const first = await echo(queue, new Uint8Array(0))
  const second = await echo(queue, new Uint8Array(0))
  expect(first.buffer).not.toBe(second.buffer)
  await queue.run('echo', first, { transfer: [first.buffer] })
  expect(await echo(queue, new Uint8Array(0))).toEqual(new Uint8Array(0))
})

it('a Buffer over received bytes does not take the rest of their memory along', () => {
  const received = new Slabs().copy(new SharedArrayBuffer(8), 0, 3)
  expect(received.buffer.byteLength).toBeGreaterThan(3)
  const buffer = Buffer.from(received.buffer, received.byteOffset, received.byteLength)
  expect((outOfSlab(buffer) as Uint8Array).buffer.byteLength).toBe(3)
})

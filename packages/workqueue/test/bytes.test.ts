import { UnserializableError } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
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
})

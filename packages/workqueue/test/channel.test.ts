import { getEventListeners } from 'node:events'
import { Channel, ChannelClosedError } from '@rearm/workqueue/channel'
import { describe, expect, it } from 'vitest'

describe('Channel', () => {
  it.each([0, 1, 3])('[A1] capacity %i is exact', (capacity) => {
    const channel = new Channel<number>(capacity)
    for (let i = 0; i < capacity; i++) expect(channel.tryPut(i)).toBe(true)
    expect(channel.tryPut(9)).toBe(false)
    for (let i = 0; i < capacity; i++) expect(channel.tryTake()).toEqual({ value: i })
    expect(channel.tryTake()).toBeUndefined()
    expect(() => new Channel(-1)).toThrow(RangeError)
    expect(() => new Channel(0.5)).toThrow(RangeError)
  })

  it('[A8] undefined and null are values like any other', async () => {
    const channel = new Channel<unknown>(4)
    await channel.put(undefined)
    await channel.put(null)
    expect(channel.tryTake()).toEqual({ value: undefined })
    expect(await channel.take()).toEqual({ done: false, value: null })
  })

  it('[C18] putters and takers are served in the order of their arrival', async () => {
    const channel = new Channel<number>(1)
    const accepted: number[] = []
    const puts = [1, 2, 3].map((n) => channel.put(n).then(() => accepted.push(n)))
    expect((await channel.take()).value).toBe(1)
    expect((await channel.take()).value).toBe(2)
    expect((await channel.take()).value).toBe(3)
    await Promise.all(puts)
    expect(accepted).toEqual([1, 2, 3])
    const takes = [channel.take(), channel.take()]
    channel.tryPut(4)
    channel.tryPut(5)
    expect((await Promise.all(takes)).map(({ value }) => value)).toEqual([4, 5])
  })

  it('[C20] an aborted wait takes and puts nothing', async () => {
    const channel = new Channel<number>(0)
    const controller = new AbortController()
    const { signal } = controller
    const put = channel.put(1, { signal })
    const take = new Channel<number>(0).take({ signal })
    controller.abort('enough')
    await expect(put).rejects.toBe('enough')
    await expect(take).rejects.toBe('enough')
    await expect(channel.put(2, { signal })).rejects.toBe('enough')
    expect(channel.tryTake()).toBeUndefined()
    const taken = channel.take()
    expect(channel.tryPut(3)).toBe(true)
    expect((await taken).value).toBe(3)
  })

  it('[C20] many waits under one signal have one listener, and none when they are over', async () => {
    const channel = new Channel<number>(0)
    const controller = new AbortController()
    const { signal } = controller
    const listeners = () => getEventListeners(signal, 'abort').length
    const takes = Array.from({ length: 20 }, () => channel.take({ signal }))
    expect(listeners()).toBe(1)
    for (let i = 0; i < 10; i++) expect(channel.tryPut(i)).toBe(true)
    expect(listeners()).toBe(1)
    controller.abort('enough')
    expect(listeners()).toBe(0)
    const ends = await Promise.allSettled(takes)
    expect(ends.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 10 }, () => 'fulfilled'),
      ...Array.from({ length: 10 }, () => 'rejected'),
    ])
    expect(channel.tryPut(1)).toBe(false)
  })

  it('with capacity 0 a put is accepted when a take meets it', async () => {
    const channel = new Channel<number>(0)
    let accepted = false
    const put = channel.put(1).then(() => {
      accepted = true
    })
    await Promise.resolve()
    expect(accepted).toBe(false)
    expect((await channel.take()).value).toBe(1)
    await put
  })

  it('close turns putters away with their values, wakes takers, and leaves values to be taken', async () => {
    const channel = new Channel<number>(1)
    await channel.put(1)
    const blocked = channel.put(2)
    channel.close()
    await expect(blocked).rejects.toMatchObject({ code: 'ERR_CHANNEL_CLOSED', value: 2 })
    await expect(channel.put(3)).rejects.toBeInstanceOf(ChannelClosedError)
    expect(channel.tryPut(3)).toBe(false)
    const seen = []
    for await (const value of channel) seen.push(value)
    expect(seen).toEqual([1])
    const empty = new Channel<number>(1)
    const take = empty.take()
    empty.close()
    expect(await take).toEqual({ done: true, value: undefined })
  })
})

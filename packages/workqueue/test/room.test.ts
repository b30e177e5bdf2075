import { expect, it } from 'vitest'
import { Room } from '../src/queue/room.js'

it('one who fails to enter does not bar the door to those behind', () => {
  const room = new Room(1)
  const entered: number[] = []
  expect(room.tryEnter()).toBe(true)
  room.wait(() => {
    throw new Error('stumbles')
  })
  room.wait(() => entered.push(2))
  expect(() => room.leave()).toThrow('stumbles')
  room.leave()
  expect(entered).toEqual([2])
})

it('those who enter and leave at once are served in one loop, in the order of their arrival', () => {
  const room = new Room(1)
  const entered: number[] = []
  room.tryEnter()
  for (const n of [1, 2, 3]) {
    room.wait(() => {
      entered.push(n)
      room.leave()
    })
  }
  room.leave()
  expect(entered).toEqual([1, 2, 3])
  expect(room.occupied).toBe(0)
})

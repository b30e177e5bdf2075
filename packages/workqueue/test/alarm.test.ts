import { expect, it } from 'vitest'
import { Alarm } from '../src/queue/alarm.js'
import { until } from './support/until.js'

it('an alarm that has gone off goes off again, set in its own turn or later, as long as before or not', async () => {
  let count = 0
  const alarm: Alarm = new Alarm(() => {
    expect(alarm.isSet).toBe(false)
    if (++count === 1) alarm.set(1)
  })
  alarm.set(1)
  await until(() => count === 2)
  expect(alarm.isSet).toBe(false)
  alarm.set(1)
  await until(() => count === 3)
  alarm.set(2)
  expect(alarm.isSet).toBe(true)
  await until(() => count === 4)
})

it('of an alarm that is set twice the last time counts, and none after its end', async () => {
  const fired: string[] = []
  const [alarm, other] = ['alarm', 'other'].map((name) => new Alarm(() => fired.push(name)))
  alarm?.set(1)
  alarm?.set(2 ** 30)
  other?.set(2)
  await until(() => fired.length > 0)
  expect(fired).toEqual(['other'])
  expect(alarm?.isSet).toBe(true)
  other?.set(1)
  other?.end()
  alarm?.set(2)
  await until(() => fired.length > 1)
  expect(fired).toEqual(['other', 'alarm'])
})

it('an alarm keeps no process alive', () => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const alarm = new Alarm(() => {})
  alarm.set(2 ** 30)
  alarm.set(2 ** 30)
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBe(before)
  alarm.end()
})

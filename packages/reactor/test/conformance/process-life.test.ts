import { describe, expect, test } from 'vitest'
import { childEnd, runChild, startChild } from './children.js'

const engines = ['uv', 'thread'] as const

describe.each(engines)('a process with an attached reactor, engine %s', (engine) => {
  test.each([
    'registered',
    'ref after unref',
    'registered while unref’d, then ref’d',
    'a second registration ends',
  ])('stays while something is registered, and ends by itself then: %s', async (scenario) => {
    const child = startChild('life', [scenario, engine])
    const { code, lines, stderr } = await childEnd(child, (line) => {
      if (line === 'ready') child.stdin?.end('hello')
    })
    expect({ code, lines, stderr }).toEqual({
      code: 0,
      lines: ['ready', 'heard hello'],
      stderr: '',
    })
  })

  test.each([
    'empty',
    'unref’d',
    'deregistered',
    'closed',
    'waker closed',
    'unref’d, asking for turns',
    'unref’d, always ready',
  ])('ends by itself although its input is open: %s', async (scenario) => {
    const child = startChild('life', [scenario, engine])
    const end = await childEnd(child)
    expect(end).toEqual({ code: 0, lines: ['ready'], stderr: '' })
  })

  test('[E6] an error of a handler is an uncaught exception; several are one AggregateError', async () => {
    expect(await runChild('life', ['throw in a handler', engine])).toMatchObject({
      code: 0,
      lines: ['ready', 'uncaught of the handler'],
    })
    expect(await runChild('life', ['two throw', engine])).toMatchObject({
      code: 0,
      lines: ['ready', 'uncaught AggregateError of 2'],
    })
    const uncaught = await runChild('life', ['throw with nobody to catch it', engine])
    expect(uncaught).toMatchObject({ code: 1, lines: ['ready'] })
    expect(uncaught.stderr).toContain('Error: of the handler')
  })

  test('[E6] an error of an onEnd outside of a batch is an uncaught exception, after the reactor’s close too', async () => {
    expect(await runChild('life', ['throw in onEnd', engine])).toEqual({
      code: 0,
      lines: ['closed', 'ready', 'uncaught of the end', 'all closed', 'uncaught of the end'],
      stderr: '',
    })
  })

  test('process.exit in a handler is the end, with its code', async () => {
    const end = await runChild('life', ['exit in a handler', engine])
    expect(end).toEqual({ code: 7, lines: ['ready', 'leaving'], stderr: '' })
  })

  test('[N4] a closed reactor keeps it alive until its loans are back', async () => {
    const end = await runChild('life', ['a loan that comes back after close', engine])
    expect(end).toEqual({
      code: 0,
      lines: ['ready', 'finished', 'ended true, open false'],
      stderr: '',
    })
  })

  test('outlives workers that are terminated in their handlers, or asleep, or end', async () => {
    const end = await runChild('terminate', [engine])
    const lines = ['busy 1', 'turning 1', 'sleeping 1', 'ending 0'].flatMap((line) => [
      line,
      line,
      line,
    ])
    expect(end).toEqual({ code: 0, lines, stderr: '' })
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { endGroup } from '../src/watch/group.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A command that leads a process group of its own, and has said that it is ready. */
async function startGroup(command: string): Promise<{ leader: number; ended: Promise<unknown> }> {
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  if (child.pid === undefined) throw new Error('unreachable: it has spoken')
  return { leader: child.pid, ended }
}

test('once nobody is left in a group, its number gets no signal any more', async () => {
  const { leader, ended } = await startGroup('echo ready; exec sleep 3600')
  const exits = process.listenerCount('exit')
  const kill = vi.spyOn(process, 'kill')
  // By our clock: its time is not over, however long its end takes.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  endGroup(leader)
  await ended
  for (let looks = 0; looks < 3; looks++) vi.advanceTimersToNextTimer()
  // It may be another group's by now.
  expect(kill.mock.calls).toEqual([
    [-leader, 'SIGTERM'],
    [-leader, 0],
  ])
  // Nor does this program's end send one.
  expect(process.listenerCount('exit')).toBe(exits)
  vi.advanceTimersByTime(3_600_000)
  expect(kill).toHaveBeenCalledTimes(2)
})

test('a group that takes no notice of SIGTERM is killed', async () => {
  const { leader } = await startGroup('trap "" TERM; echo ready; while :; do sleep 0.1; done')
  const kill = vi.spyOn(process, 'kill')
  endGroup(leader)
  await vi.waitFor(() => expect(kill.mock.calls.at(-1)).toEqual([-leader, 'SIGKILL']), {
    timeout: 50_000,
  })
})

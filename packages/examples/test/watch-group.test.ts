import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { endGroup } from '../src/watch/group.js'

afterEach(() => vi.restoreAllMocks())

/** A command that leads a process group of its own, and has said that it is ready. */
async function startGroup(command: string): Promise<number> {
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  await once(child.stdout, 'data')
  if (child.pid === undefined) throw new Error('unreachable: it has spoken')
  return child.pid
}

test('once nobody is left in a group, its number gets no signal any more', async () => {
  const leader = await startGroup('echo ready; exec sleep 3600')
  const exits = process.listenerCount('exit')
  const kill = vi.spyOn(process, 'kill')
  endGroup(leader)
  await vi.waitFor(() => expect(kill.mock.results.at(-1)?.type).toBe('throw'), { timeout: 50_000 })
  // It may be another group's by now.
  expect(kill.mock.calls[0]).toEqual([-leader, 'SIGTERM'])
  expect(new Set(kill.mock.calls.slice(1).map(([, signal]) => signal))).toEqual(new Set([0]))
  // Nor does this program's end send one.
  expect(process.listenerCount('exit')).toBe(exits)
})

test('a group that takes no notice of SIGTERM is killed', async () => {
  const leader = await startGroup('trap "" TERM; echo ready; while :; do sleep 0.1; done')
  const kill = vi.spyOn(process, 'kill')
  endGroup(leader)
  await vi.waitFor(() => expect(kill.mock.calls.at(-1)).toEqual([-leader, 'SIGKILL']), {
    timeout: 50_000,
  })
})

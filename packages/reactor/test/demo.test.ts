import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('the demonstration of the README shows what the README says', () => {
  const file = fileURLToPath(new URL('../demo/close-before-deregister.mjs', import.meta.url))
  const lines = execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim().split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/^epoll: ready is (\d+); Bob, who is \1, was sent nothing$/),
    expect.stringMatching(/^epoll: cannot be removed any more \(ENOENT\)/),
    'reactor: 0 handlers called, the audit is clean',
  ])
})

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Program } from '../program.js'

// On its own (`npm run test:nc`): it needs OpenBSD's nc, and `npm test` nothing but what builds the packages.
const ncTo = (port: number) => promisify(execFile)('nc', ['-N', '127.0.0.1', String(port)])

describe.each(['lend', 'handoff', 'reuseport'])('threads --mode %s', (mode) => {
  test('answers nc, after the end of its input too', async () => {
    const port = await new Program('threads', ['--port', '0', '--mode', mode]).port()
    const nc = ncTo(port)
    nc.child.stdin?.write('ECHO hello\nSLEEP 10\n')
    await once(nc.child.stdout ?? nc.child, 'data')
    nc.child.stdin?.end('STATS\nWHAT\nHASH 1 x\nECHO unfinished')
    const lines = (await nc).stdout.split('\n')
    expect(lines.slice(0, 2)).toEqual(['OK hello', 'OK slept 10'])
    expect(JSON.parse(lines[2]?.slice(3) ?? '')).toMatchObject({ mode, connections: 1, audit: 0 })
    expect(lines[3]).toMatch(/^ERR unknown-command /)
    expect(lines[4]).toMatch(/^OK [0-9a-f]{64}$/)
    expect(lines[5]).toMatch(/^ERR unfinished-line /)
    expect(lines.slice(6)).toEqual([''])
  })
})

describe.each(['level', 'edge'])('echo --trigger %s', (trigger) => {
  test('answers nc, up to the end of its input', async () => {
    const port = await new Program('echo', ['--port', '0', '--trigger', trigger]).port()
    const nc = ncTo(port)
    nc.child.stdin?.write('hello\n')
    await once(nc.child.stdout ?? nc.child, 'data')
    nc.child.stdin?.end('and good-bye\n')
    expect((await nc).stdout).toBe('hello\nand good-bye\n')
  })
})

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ensureAvailable,
  isAvailable,
  UnavailableError,
  unavailabilityCause,
} from '../../src/index.js'
import { expectNoLeak } from '../descriptors.js'
import { packageRoot, runSource } from '../programs.js'

expectNoLeak()

test('on Linux with a binary it is available', () => {
  expect(isAvailable).toBe(true)
  expect(unavailabilityCause).toBeUndefined()
  expect(ensureAvailable()).toBeUndefined()
})

test('UnavailableError is an Error with a code', () => {
  const error = new UnavailableError('ERR_EPOLL_NATIVE_PLATFORM', 'text', { cause: 1 })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'UnavailableError',
    code: 'ERR_EPOLL_NATIVE_PLATFORM',
    message: 'text',
    cause: 1,
  })
})

/** A program that imports all three entries of `root` and uses every export; it prints what came of it as JSON. */
const probe = (root: string, before: string) => `
  ${before}
  const modules = []
  for (const entry of ['index.js', 'socket/index.js', 'io/index.js']) {
    modules.push(await import(${JSON.stringify(pathToFileURL(join(root, 'dist/')).href)} + entry))
  }
  const [rearm, net, io] = modules
  const { isAvailable, unavailabilityCause: cause } = rearm
  // What takes no descriptor or memory works everywhere, and is no use of the package.
  const pure = new Set(['errnoName', 'parseInotifyEvents', 'SystemError', 'UnavailableError', 'OwnedDescriptor',
    'SocketAddress', 'ReceivedDescriptors'])
  const address = new net.SocketAddress({ family: 'ipv4', address: '127.0.0.1', port: 1 })
  const bytes = new Uint8Array(64)
  const received = new net.ReceivedDescriptors()
  const uses = {
    // What looks at its arguments before it reaches the kernel gets proper ones.
    readv: () => io.readv(0, [bytes]), writev: () => io.writev(0, [bytes]),
    accept4: () => net.accept4(0, 0), bind: () => net.bind(0, address), connect: () => net.connect(0, address),
    getsockname: () => net.getsockname(0, address), getpeername: () => net.getpeername(0, address),
    recvfrom: () => net.recvfrom(0, bytes, 0, 1, 0, address), sendto: () => net.sendto(0, bytes, 0, 1, 0, address),
    recvmsg: () => net.recvmsg(0, bytes, 0, 1, 0, received),
    getSocketOption: () => net.getSocketOption(0, net.SocketOption.TYPE),
    setSocketOption: () => net.setSocketOption(0, net.SocketOption.REUSEADDR, true),
    EpollEvents: () => new rearm.EpollEvents(1), IoBuffer: () => new io.IoBuffer(1),
    PacketArray: () => new net.PacketArray(1, 1),
    EpollWatcher: () => new rearm.EpollWatcher(0, new rearm.EpollEvents(1), () => {}),
    inotifyAddWatch: () => rearm.inotifyAddWatch(0, '/', 1),
    epollSetParams: () => rearm.epollSetParams(0, { busyPollUsecs: 0, busyPollBudget: 0, preferBusyPoll: false }),
    // Their arrays cannot be made.
    epollWait: () => rearm.epollWait(0, new rearm.EpollEvents(1), 0),
    epollPwait2: () => rearm.epollPwait2(0, new rearm.EpollEvents(1), 0),
    recvmmsg: () => net.recvmmsg(0, new net.PacketArray(1, 1)),
    sendmmsg: () => net.sendmmsg(0, new net.PacketArray(1, 1)),
  }
  const wrong = []
  let used = 0
  for (const [name, value] of modules.flatMap((module) => Object.entries(module))) {
    if (typeof value !== 'function' || pure.has(name)) continue
    const use = uses[name] ?? (value.prototype !== undefined && /^[A-Z]/.test(name) ? () => new value(1) : () => value(0, 0, 0, 0, 0))
    used++
    try { use(); wrong.push(name + ' returned') }
    catch (error) { if (error !== cause) wrong.push(name + ': ' + error) }
  }
  console.log(JSON.stringify({
    isAvailable, used, wrong,
    error: cause instanceof Error && cause instanceof rearm.UnavailableError,
    name: cause.name, code: cause.code, message: cause.message, hasCause: cause.cause !== undefined,
  }))
`

describe('elsewhere', () => {
  test.each(['darwin', 'win32', 'freebsd'])(
    'on %s the import succeeds, and every use throws why not',
    async (platform) => {
      const outcome = await runSource(
        probe(packageRoot, `Object.defineProperty(process, 'platform', { value: '${platform}' })`),
      )
      expect(outcome).toMatchObject({ status: 0, stderr: '' })
      const answer = JSON.parse(outcome.stdout)
      expect(answer).toMatchObject({
        isAvailable: false,
        wrong: [],
        error: true,
        name: 'UnavailableError',
        code: 'ERR_EPOLL_NATIVE_PLATFORM',
        hasCause: false,
      })
      expect(answer.used).toBeGreaterThan(55)
      expect(answer.message).toContain(platform)
      expect(answer.message).toMatch(/Check isAvailable before use/)
    },
  )
})

describe('without a binary', () => {
  let root: string
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'rearm-no-binary-'))
    for (const entry of ['dist', 'binding.cjs', 'package.json']) {
      cpSync(join(packageRoot, entry), join(root, entry), { recursive: true })
    }
    mkdirSync(join(root, 'native'))
    mkdirSync(join(root, 'node_modules'))
    const resolver = import.meta.resolve('node-gyp-build')
    symlinkSync(dirname(new URL(resolver).pathname), join(root, 'node_modules/node-gyp-build'))
  })
  afterAll(() => rmSync(root, { recursive: true }))

  test('the import succeeds, and every use throws why not, and how to build one', async () => {
    const outcome = await runSource(probe(root, ''))
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    const answer = JSON.parse(outcome.stdout)
    expect(answer).toMatchObject({
      isAvailable: false,
      wrong: [],
      error: true,
      code: 'ERR_EPOLL_NATIVE_NO_BINARY',
      hasCause: true,
    })
    expect(answer.message).toContain(`linux-${process.arch}`)
    expect(answer.message).toContain('node-gyp rebuild')
  })
})

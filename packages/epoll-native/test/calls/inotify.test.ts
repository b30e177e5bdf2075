import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  DescriptorFlag,
  EpollFlag,
  Errno,
  Inotify,
  InotifyFlag,
  inotifyAddWatch,
  inotifyInit1,
  inotifyRmWatch,
  parseInotifyEvents,
} from '../../src/index.js'
import { FcntlCommand, FdFlag, fcntl, read } from '../../src/io/index.js'
import { disposed, expectNoLeak, owned, readiness } from '../descriptors.js'
import { untyped } from '../untyped.js'

expectNoLeak()

let root: string
let directory: string
let made = 0
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rearm-inotify-'))
})
beforeEach(() => {
  directory = join(root, String(made++))
  mkdirSync(directory)
})
afterAll(() => rmSync(root, { recursive: true }))

const quiet = DescriptorFlag.NONBLOCK | DescriptorFlag.CLOEXEC

describe('the calls', () => {
  test('watch a file and read its events', () => {
    const fd = owned(inotifyInit1(quiet))
    expect(fcntl(fd, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    const watch = inotifyAddWatch(fd, directory, InotifyFlag.CREATE)
    expect(watch).toBeGreaterThan(0)
    expect(inotifyAddWatch(fd, directory, InotifyFlag.CREATE)).toBe(watch)
    writeFileSync(join(directory, 'a'), '')
    const bytes = new Uint8Array(4096)
    const length = read(fd, bytes)
    expect(parseInotifyEvents(bytes, length)).toEqual([
      { watch, mask: InotifyFlag.CREATE, cookie: 0, name: 'a', nameBytes: Uint8Array.of(97) },
    ])
    expect(inotifyRmWatch(fd, watch)).toBe(0)
    expect(inotifyRmWatch(fd, watch)).toBe(-Errno.EINVAL)
  })

  test('answer as the kernel does', () => {
    const fd = owned(inotifyInit1(quiet))
    const file = join(directory, 'file')
    writeFileSync(file, '')
    expect(inotifyInit1(1)).toBe(-Errno.EINVAL)
    expect(inotifyAddWatch(fd, join(directory, 'none'), InotifyFlag.CREATE)).toBe(-Errno.ENOENT)
    expect(inotifyAddWatch(fd, '', InotifyFlag.CREATE)).toBe(-Errno.ENOENT)
    expect(inotifyAddWatch(fd, file, InotifyFlag.CREATE | InotifyFlag.ONLYDIR)).toBe(-Errno.ENOTDIR)
    expect(inotifyAddWatch(fd, file, 0)).toBe(-Errno.EINVAL)
    expect(inotifyAddWatch(-1, file, InotifyFlag.MODIFY)).toBe(-Errno.EBADF)
    expect(inotifyAddWatch(fd, 'x'.repeat(4096), InotifyFlag.MODIFY)).toBe(-Errno.ENAMETOOLONG)
    expect(inotifyAddWatch(fd, file, InotifyFlag.MODIFY)).toBeGreaterThan(0)
    const again = InotifyFlag.MODIFY | InotifyFlag.MASK_CREATE
    expect(inotifyAddWatch(fd, file, again)).toBe(-Errno.EEXIST)
    expect(inotifyRmWatch(fd, 99)).toBe(-Errno.EINVAL)
    expect(inotifyRmWatch(-1, 1)).toBe(-Errno.EBADF)
    const small = new Uint8Array(16)
    appendFileSync(file, 'x')
    expect(read(fd, small)).toBe(16)
    expect(read(fd, small)).toBe(-Errno.EAGAIN)
    writeFileSync(join(directory, 'b'), '')
    expect(inotifyAddWatch(fd, directory, InotifyFlag.DELETE)).toBeGreaterThan(0)
    unlinkSync(join(directory, 'b'))
    expect(read(fd, small)).toBe(-Errno.EINVAL)
  })

  test('wrong arguments are refused', () => {
    const fd = owned(inotifyInit1(quiet))
    expect(() => inotifyInit1(0.5)).toThrow(RangeError)
    expect(() => inotifyAddWatch(fd, 'a\0b', 1)).toThrow(RangeError)
    expect(() => inotifyAddWatch(fd, untyped(undefined), 1)).toThrow(TypeError)
    expect(() => inotifyAddWatch(fd, directory, 2 ** 32)).toThrow(RangeError)
    expect(() => inotifyRmWatch(fd, 0.5)).toThrow(RangeError)
  })

  test('a path may be bytes', () => {
    const fd = owned(inotifyInit1(quiet))
    expect(inotifyAddWatch(fd, Buffer.from(directory), InotifyFlag.CREATE)).toBeGreaterThan(0)
  })
})

describe('Inotify', () => {
  const masks = (inotify: Inotify) => inotify.read().map(({ name, mask }) => [name, mask])

  test('tells what happens to the files of a directory', () => {
    const inotify = disposed(new Inotify())
    const { CREATE, MODIFY, CLOSE_WRITE, DELETE, ISDIR, ATTRIB } = InotifyFlag
    const watch = inotify.add(directory, CREATE | MODIFY | CLOSE_WRITE | DELETE | ATTRIB)
    expect(inotify.read()).toEqual([])
    const file = join(directory, 'grüße')
    writeFileSync(file, 'x')
    chmodSync(file, 0o600)
    unlinkSync(file)
    mkdirSync(join(directory, 'sub'))
    expect(readiness(inotify.fd)).toBe(EpollFlag.IN)
    const events = inotify.read()
    expect(events.map(({ name, mask }) => [name, mask])).toEqual([
      ['grüße', CREATE],
      ['grüße', MODIFY],
      ['grüße', CLOSE_WRITE],
      ['grüße', ATTRIB],
      ['grüße', DELETE],
      ['sub', CREATE | ISDIR],
    ])
    expect(new Set(events.map((event) => event.watch))).toEqual(new Set([watch]))
    expect(inotify.read()).toEqual([])
  })

  test('joins the halves of a rename by a cookie', () => {
    const inotify = disposed(new Inotify())
    writeFileSync(join(directory, 'a'), '')
    inotify.add(directory, InotifyFlag.MOVE)
    renameSync(join(directory, 'a'), join(directory, 'b'))
    const [from, to] = inotify.read()
    expect([from?.name, from?.mask, to?.name, to?.mask]).toEqual([
      'a',
      InotifyFlag.MOVED_FROM,
      'b',
      InotifyFlag.MOVED_TO,
    ])
    expect(from?.cookie).toBe(to?.cookie)
    expect(from?.cookie).toBeGreaterThan(0)
  })

  test('an event of the watched file itself has no name', () => {
    const inotify = disposed(new Inotify())
    const file = join(directory, 'file')
    writeFileSync(file, '')
    inotify.add(file, InotifyFlag.MODIFY | InotifyFlag.DELETE_SELF)
    appendFileSync(file, 'x')
    unlinkSync(file)
    expect(inotify.read().map(({ name, nameBytes, mask }) => [name, nameBytes, mask])).toEqual([
      [undefined, undefined, InotifyFlag.MODIFY],
      [undefined, undefined, InotifyFlag.DELETE_SELF],
      [undefined, undefined, InotifyFlag.IGNORED],
    ])
  })

  test('names that are not UTF-8 come as bytes, and a byte order mark is part of a name', () => {
    const inotify = disposed(new Inotify())
    inotify.add(directory, InotifyFlag.CREATE)
    const bytes = Buffer.from([0x66, 0xff, 0xfe, 0x6f])
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), bytes]), '')
    writeFileSync(join(directory, '\ufeffmarked'), '')
    const [odd, marked] = inotify.read()
    expect(odd?.name).toBe('f\ufffd\ufffdo')
    expect(Buffer.from(odd?.nameBytes ?? [])).toEqual(bytes)
    expect(marked?.name).toBe('\ufeffmarked')
  })

  test('ONESHOT is unsigned, and ends the watch after one event', () => {
    const inotify = disposed(new Inotify())
    inotify.add(directory, InotifyFlag.CREATE | InotifyFlag.ONESHOT)
    writeFileSync(join(directory, 'a'), '')
    writeFileSync(join(directory, 'b'), '')
    expect(masks(inotify)).toEqual([
      ['a', InotifyFlag.CREATE],
      [undefined, InotifyFlag.IGNORED],
    ])
    expect(InotifyFlag.ONESHOT).toBe(0x80000000)
  })

  test('remove() ends a watch, and IGNORED says so', () => {
    const inotify = disposed(new Inotify())
    const watch = inotify.add(directory, InotifyFlag.CREATE)
    inotify.remove(watch)
    expect(inotify.read()).toMatchObject([{ watch, mask: InotifyFlag.IGNORED }])
    expect(() => inotify.remove(watch)).toThrow(
      expect.objectContaining({ code: 'EINVAL', syscall: 'inotify_rm_watch' }),
    )
  })

  test('many events take several reads, and none is lost', () => {
    const inotify = disposed(new Inotify())
    inotify.add(directory, InotifyFlag.CREATE)
    const names = Array.from({ length: 300 }, (_, i) => `${'n'.repeat(200)}${i}`)
    for (const name of names) writeFileSync(join(directory, name), '')
    const seen: unknown[] = []
    let reads = 0
    for (let events = inotify.read(); events.length > 0; events = inotify.read()) {
      seen.push(...events.map(({ name }) => name))
      reads++
    }
    expect(seen).toEqual(names)
    expect(reads).toBeGreaterThan(1)
  })

  test('a queue that overflows says so, with watch -1', () => {
    const inotify = disposed(new Inotify())
    const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
    const files = ['a', 'b'].map((name) => join(directory, name))
    for (const file of files) writeFileSync(file, '')
    inotify.add(directory, InotifyFlag.ATTRIB)
    // Of two files in turn, because equal events in a row are one.
    for (let i = 0; i < limit / 2 + 1; i++) for (const file of files) chmodSync(file, 0o600)
    let last = inotify.read().at(-1)
    for (let events = inotify.read(); events.length > 0; events = inotify.read())
      last = events.at(-1)
    expect(last).toEqual({
      watch: -1,
      mask: InotifyFlag.Q_OVERFLOW,
      cookie: 0,
      name: undefined,
      nameBytes: undefined,
    })
  })

  test('errors carry their call', () => {
    const inotify = new Inotify()
    const failing = (code: string, syscall: string) => expect.objectContaining({ code, syscall })
    expect(() => inotify.add(join(directory, 'none'), InotifyFlag.CREATE)).toThrow(
      failing('ENOENT', 'inotify_add_watch'),
    )
    inotify.close()
    expect(() => inotify.add(directory, 1)).toThrow(failing('EBADF', 'inotify_add_watch'))
    expect(() => inotify.remove(1)).toThrow(failing('EBADF', 'inotify_rm_watch'))
    expect(() => inotify.read()).toThrow(failing('EBADF', 'read'))
  })
})

describe('parseInotifyEvents', () => {
  const event = (watch: number, mask: number, name: number[] = []) => {
    const bytes = new Uint8Array(16 + name.length)
    new Int32Array(bytes.buffer, 0, 1)[0] = watch
    new Uint32Array(bytes.buffer, 4, 3).set([mask, 5, name.length])
    bytes.set(name, 16)
    return bytes
  }

  test('reads what lies in a part of a larger buffer, at any alignment', () => {
    const bytes = new Uint8Array(64)
    bytes.set(event(3, 0x80000001, [97, 98, 0, 0]), 3)
    expect(parseInotifyEvents(bytes.subarray(3), 20)).toEqual([
      { watch: 3, mask: 0x80000001, cookie: 5, name: 'ab', nameBytes: Uint8Array.of(97, 98) },
    ])
    expect(parseInotifyEvents(bytes, 0)).toEqual([])
  })

  test('copies names: the buffer may be used again', () => {
    const array = event(1, 2, [97, 0, 0, 0])
    for (const bytes of [array.slice(), Buffer.from(array)]) {
      const [parsed] = parseInotifyEvents(bytes)
      bytes.fill(0)
      expect([...(parsed?.nameBytes ?? [])]).toEqual([97])
    }
  })

  test('a name without padding is read to its end', () => {
    expect(parseInotifyEvents(event(1, 2, [97, 98, 99, 100]))[0]?.name).toBe('abcd')
  })

  test('bytes that are no whole events are a RangeError', () => {
    const whole = event(1, 2, [97, 0, 0, 0])
    for (const length of [1, 15, 16, 19]) {
      expect(() => parseInotifyEvents(whole, length)).toThrow(RangeError)
    }
    for (const length of [-1, 0.5, 21, Number.NaN, 2 ** 32]) {
      expect(() => parseInotifyEvents(whole, length)).toThrow(RangeError)
    }
    const liar = event(1, 2)
    new Uint32Array(liar.buffer, 12, 1)[0] = 0xffffffff
    expect(() => parseInotifyEvents(liar)).toThrow(RangeError)
  })
})

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AnswerBuffer,
  Conversation,
  longestAnswer,
  longestLine,
  mostRounds,
  Next,
} from '../src/threads/protocol/index.js'

const state = '{"connections":1}'

/** Drives a conversation to its end as a server would: everything that it waits for is given at once. */
class Driver {
  readonly conversation: Conversation
  readonly answers = new AnswerBuffer(2 * longestAnswer)
  received = ''
  /** What it waited for besides input. */
  readonly pauses: Next[] = []

  constructor(chaos = false) {
    this.conversation = new Conversation({ chaos })
  }

  feed(bytes: Uint8Array): this {
    return this.settle(this.conversation.feed(bytes, 0, bytes.length, this.answers))
  }

  end(): this {
    return this.settle(this.conversation.end(this.answers))
  }

  settle(first: Next): this {
    let next = first
    for (;;) {
      this.received += Buffer.from(this.answers.bytes.subarray(0, this.answers.length)).toString()
      this.answers.clear()
      if (next === Next.READ || next === Next.CLOSE || next === Next.CRASH) return this
      this.pauses.push(next)
      next =
        next === Next.STATS
          ? this.conversation.tell(state, this.answers)
          : this.conversation.proceed(this.answers)
    }
  }
}

const ask = (text: string | Uint8Array, chaos = false) =>
  new Driver(chaos).feed(typeof text === 'string' ? Buffer.from(text) : text)

function iterated(text: string, rounds: number): string {
  let digest = createHash('sha256').update(text).digest()
  for (let round = 1; round < rounds; round++) digest = createHash('sha256').update(digest).digest()
  return digest.toString('hex')
}

describe('a request is answered by one line', () => {
  test.each([
    ['ECHO hello\n', 'OK hello\n'],
    ['ECHO hello\r\n', 'OK hello\n'],
    ['ECHO  two spaces \n', 'OK  two spaces \n'],
    ['ECHO\n', 'OK \n'],
    ['ECHO \n', 'OK \n'],
    ['ECHO ä€😀\n', 'OK ä€😀\n'],
    ['SLEEP 0\n', 'OK slept 0\n'],
    ['SLEEP 60000\n', 'OK slept 60000\n'],
    ['STATS\n', `OK ${state}\n`],
    ['HASH 1 abc\n', `OK ${iterated('abc', 1)}\n`],
    ['HASH 3 two words\n', `OK ${iterated('two words', 3)}\n`],
    ['HASH 2\n', `OK ${iterated('', 2)}\n`],
    ['HASH 10000 x\n', `OK ${iterated('x', 10000)}\n`],
  ])('%j', (request, answer) => {
    expect(ask(request).received).toBe(answer)
  })

  test.each([
    ['nothing of the kind', 'unknown-command'],
    ['', 'unknown-command'],
    ['echo x', 'unknown-command'],
    ['ECHOx', 'unknown-command'],
    ['STATS please', 'unknown-command'],
    ['CRASH', 'unknown-command'],
    ['HASH', 'rounds'],
    ['HASH 0 x', 'rounds'],
    [`HASH ${mostRounds + 1} x`, 'rounds'],
    ['HASH 1.5 x', 'rounds'],
    ['HASH -1 x', 'rounds'],
    ['HASH 99999999999999999999 x', 'rounds'],
    ['SLEEP', 'ms'],
    ['SLEEP 60001', 'ms'],
    ['SLEEP 1 2', 'ms'],
  ])('a mistake, %j, by ERR %s, and the next one is answered', (request, error) => {
    const [first, ...rest] = ask(`${request}\nECHO next\n`).received.split('\n')
    expect(first).toMatch(new RegExp(`^ERR ${error} `))
    expect(rest).toEqual(['OK next', ''])
  })
})

test.each([
  ['a lone continuation byte', [0x80]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a cut sequence', [0xe2, 0x82]],
])('a line that is no UTF-8 (%s) is an error, and the next one is answered', (_, bytes) => {
  const line = Buffer.concat([Buffer.from('ECHO '), Buffer.from(bytes), Buffer.from('\nECHO n\n')])
  expect(ask(line).received).toMatch(/^ERR not-utf8 .*\nOK n\n$/)
})

test('the longest line is answered, one byte more is an error, and the rest of it is skipped', () => {
  const longest = `ECHO ${'x'.repeat(longestLine - 5)}`
  expect(ask(`${longest}\n`).received).toBe(`OK ${longest.slice(5)}\n`)
  expect(ask(`${longest}\r\n`).received).toBe(`OK ${longest.slice(5)}\n`)
  expect(ask(`${longest}\r`).feed(Buffer.from('\n')).received).toBe(`OK ${longest.slice(5)}\n`)
  expect(ask(`${longest}y\r\nECHO n\n`).received).toMatch(/^ERR line-too-long .*\nOK n\n$/)
  expect(ask(`${longest}y\nECHO n\n`).received).toMatch(/^ERR line-too-long .*\nOK n\n$/)
})

test('a line without an end is answered once, and holds no memory', () => {
  const driver = new Driver()
  for (let i = 0; i < 100; i++) driver.feed(Buffer.alloc(longestLine, 'x'))
  expect(driver.received).toMatch(/^ERR line-too-long .*\n$/)
  expect(driver.conversation.keptBytes).toBe(0)
  expect(driver.feed(Buffer.from('\nECHO n\n')).received).toMatch(/\nOK n\n$/)
})

test('a line that comes byte by byte is kept in no more than twice its size', () => {
  const driver = new Driver()
  for (let i = 0; i < 40_000; i++) driver.feed(Buffer.from('E'))
  expect(driver.conversation.keptBytes).toBeLessThanOrEqual(80_000)
  expect(driver.received).toBe('')
})

test('QUIT is answered, and nothing after it', () => {
  const driver = ask('ECHO a\nQUIT\nECHO b\n')
  expect(driver.received).toBe('OK a\nOK bye\n')
  expect(driver.conversation.next).toBe(Next.CLOSE)
  expect(driver.feed(Buffer.from('ECHO c\n')).received).toBe('OK a\nOK bye\n')
  expect(driver.conversation.keptBytes).toBe(0)
})

test('CRASH is a command only where it is allowed', () => {
  const driver = ask('ECHO a\nCRASH\n', true)
  expect(driver.received).toBe('OK a\n')
  expect(driver.conversation.next).toBe(Next.CRASH)
})

const unfinished = 'ERR unfinished-line the input ended in the middle of a line\n'

test.each([
  ['ECHO a\nECHO unfinished', `OK a\n${unfinished}`],
  ['SLEEP 1\nQUIT', `OK slept 1\n${unfinished}`],
  [' ', unfinished],
  ['ECHO a\n', 'OK a\n'],
  ['', ''],
  ['QUIT\nECHO unfinished', 'OK bye\n'],
])(
  'the end of the input: whole lines are answered, an unfinished one is an error: %j',
  (text, received) => {
    const driver = ask(text).end()
    expect(driver.received).toBe(received)
    expect(driver.conversation.next).toBe(Next.CLOSE)
  },
)

test('the end of the input in the rest of a line that was too long says nothing more', () => {
  const driver = ask('x'.repeat(longestLine + 2))
  const { received } = driver
  expect(received).toMatch(/^ERR line-too-long .*\n$/)
  expect(driver.end().received).toBe(received)
})

test('what comes during a pause waits for its turn, the end of the input too', () => {
  const driver = new Driver()
  const { conversation, answers } = driver
  const feed = (text: string) => {
    const bytes = Buffer.from(text)
    return conversation.feed(bytes, 0, bytes.length, answers)
  }
  expect(feed('SLEEP 5\nECHO a\n')).toBe(Next.SLEEP)
  expect(conversation.sleepMs).toBe(5)
  expect(feed('ECHO b\n')).toBe(Next.SLEEP)
  expect(conversation.end(answers)).toBe(Next.SLEEP)
  expect(driver.settle(conversation.proceed(answers)).received).toBe('OK slept 5\nOK a\nOK b\n')
  expect(conversation.next).toBe(Next.CLOSE)
})

test('a long HASH, and many short ones, are cut into turns', () => {
  const long = ask('HASH 20000 x\n')
  expect(long.pauses.length).toBeGreaterThan(3)
  expect(new Set(long.pauses)).toEqual(new Set([Next.YIELD]))
  const many = ask('HASH 100 x\n'.repeat(400))
  expect(many.pauses.filter((pause) => pause === Next.YIELD).length).toBeGreaterThan(5)
  expect(many.received).toBe(`OK ${iterated('x', 100)}\n`.repeat(400))
})

test('answers that outgrow the buffer are written out in between', () => {
  const driver = ask(`${'x'.repeat(10)}\n`.repeat(6000))
  expect(driver.pauses).toContain(Next.FLUSH)
  expect(driver.received.match(/ERR unknown-command/g)).toHaveLength(6000)
})

test('however the bytes are cut, the answers are the same', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(`ECHO ${text}`)),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('STATS', 'SLEEP 1', 'HASH 3 x', 'HASH x', 'ECHO', '').map(Buffer.from),
    fc.integer({ min: -2, max: 2 }).map((by) => Buffer.alloc(longestLine + by, 'ECHO ')),
  )
  const stream = fc
    .tuple(
      fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 12 }),
      fc.constantFrom('', 'QUIT\n', 'unfinished'),
    )
    .map(([lines, last]) =>
      Buffer.concat([
        ...lines.flatMap(([bytes, end]) => [bytes, Buffer.from(end)]),
        Buffer.from(last),
      ]),
    )
  const cuts = fc.array(fc.integer({ min: 0, max: 4 * longestLine }), { maxLength: 20 })
  fc.assert(
    fc.property(stream, cuts, (bytes, at) => {
      const whole = ask(bytes).end()
      const pieces = new Driver()
      const places = [...new Set([0, ...at.map((place) => place % (bytes.length + 1))])]
      places.sort((a, b) => a - b)
      for (const [i, place] of places.entries()) pieces.feed(bytes.subarray(place, places[i + 1]))
      expect(pieces.end().received).toBe(whole.received)
    }),
    { numRuns: 300 },
  )
})

import { anyRequest, isAnswer } from './requests.mjs'

/** One connection of a client: sends requests, and holds every answer against what it must be, in order. */
export class Dialogue {
  /** Why it ended, when the server ended it. */
  reason = 'end of stream'
  #run
  #random
  #socket
  #sequence = 0
  #expected = []
  #at = 0
  #partial = ''
  #isLeaving = false
  #isClosed = false
  #settled
  #closed

  /** @param {import('./run.mjs').Run} run @param {string} kind @param {string} name unique in the run */
  constructor(run, kind, name, random) {
    this.#run = run
    this.#random = random
    this.name = name
    this.kind = kind
    this.counts = run.countsOf(kind)
    this.crashesBefore = run.crashesOver
  }

  get isClosed() {
    return this.#isClosed
  }

  get waiting() {
    return this.#expected.length - this.#at
  }

  get socket() {
    return this.#socket
  }

  /** Resolves when it is connected; false: it was not to be. */
  connect() {
    const socket = this.#run.server.connect({ allowHalfOpen: true })
    this.#socket = socket
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (text) => this.#receive(text))
    socket.on('error', (error) => {
      this.reason = error.code ?? error.message
    })
    socket.on('end', () => socket.end())
    return new Promise((resolve) => {
      let connected = false
      this.#closed = new Promise((closed) => {
        socket.on('close', () => {
          if (connected) this.#run.open--
          else if (!this.#isLeaving) this.#run.fault(`${this.name}: no connection: ${this.reason}`)
          this.#end(connected)
          closed()
          resolve(false)
        })
      })
      socket.on('connect', () => {
        connected = true
        this.counts.connections++
        this.#run.opened()
        resolve(true)
      })
    })
  }

  /** A request of any sort, with a name of its own. */
  request(make = anyRequest) {
    this.#sequence++
    return make(`${this.name}.${this.#sequence}`, this.#random)
  }

  /** From now on the answer to `request` is awaited. */
  expect(request) {
    this.counts.requests++
    this.#expected.push({ ...request, line: '' })
  }

  /** Sends a request whole. */
  ask(request) {
    this.expect(request)
    this.#socket.write(request.line, 'latin1')
  }

  /** Resolves when every request is answered (true), or the connection is over. */
  async settle() {
    const { patience } = this.#run
    if (this.waiting === 0 || this.#isClosed) return !this.#isClosed
    const overdue = setTimeout(() => {
      this.#run.fault(
        `${this.name}: ${this.waiting} requests are not answered after ${patience} ms`,
      )
      this.#socket.destroy()
    }, patience)
    await new Promise((resolve) => {
      this.#settled = resolve
    })
    clearTimeout(overdue)
    return !this.#isClosed
  }

  /** Writes no more; what was asked is answered still, then the server ends the stream. */
  async end() {
    this.#isLeaving = true
    this.#socket.end()
    await this.settle()
    await this.#awaitClose()
  }

  /** Says QUIT, is told goodbye, and the server closes. */
  async quit() {
    this.ask({ name: `${this.name} QUIT`, line: 'QUIT\n', answer: () => 'OK bye' })
    this.#isLeaving = true
    await this.settle()
    await this.#awaitClose()
  }

  /** Goes away in the middle of whatever it is, with a RST. */
  async reset() {
    this.#isLeaving = true
    this.#expected.length = this.#at
    this.#partial = ''
    this.#socket.resetAndDestroy()
    await this.#closed
  }

  /** The server ends the stream of its own accord, when everything is answered. */
  async awaitServersEnd() {
    this.#isLeaving = true
    await this.#awaitClose()
  }

  async #awaitClose() {
    const { patience } = this.#run
    const overdue = setTimeout(() => {
      this.#run.fault(`${this.name}: the server has not closed it after ${patience} ms`)
      this.#socket.destroy()
    }, patience)
    await this.#closed
    clearTimeout(overdue)
  }

  #receive(text) {
    const lines = (this.#partial + text).split('\n')
    this.#partial = lines.pop()
    for (const line of lines) this.#check(line)
    if (this.waiting === 0) this.#settle()
  }

  #check(line) {
    const request = this.#expected[this.#at]
    if (request === undefined) {
      this.#run.fault(`${this.name}: an answer that nobody asked for: ${shorten(line)}`)
      return
    }
    this.#at++
    // Answered requests go in batches: dropping them one by one would cost more than the rest of the check.
    if (this.#at === 1024 || this.#at === this.#expected.length) {
      this.#expected.splice(0, this.#at)
      this.#at = 0
    }
    if (isAnswer(request, line)) this.counts.right++
    else this.#wrong(request, line)
  }

  #wrong(request, line) {
    const own = line.includes(`${this.name}.`)
    const whose =
      /\b[a-z]+-\d+\.\d+\.\d+\b/.test(line) && !own ? "ANOTHER CLIENT'S ANSWER" : 'wrong'
    this.#run.fault(
      `${request.name}: ${whose}: ${shorten(line)}, instead of ${shorten(request.answer())}`,
    )
  }

  #end(connected) {
    this.#isClosed = true
    const next = this.#expected[this.#at]
    if (this.#partial !== '' && (next === undefined || !isAnswer(next, this.#partial, true))) {
      this.#run.fault(`${this.name}: ended in a wrong answer: ${shorten(this.#partial)}`)
    }
    if (connected && (!this.#isLeaving || this.waiting > 0)) this.#run.lost(this)
    this.#settle()
  }

  #settle() {
    const settled = this.#settled
    this.#settled = undefined
    settled?.()
  }
}

function shorten(text) {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}… (${text.length})` : text)
}

import { setTimeout as sleep } from 'node:timers/promises'

/** Asks for STATS on a connection of its own, and makes a new one when a crash took it away. */
export class Questioner {
  #server
  #patience
  #socket
  /** Who waits for an answer on that connection. */
  #answers = []

  /** @param {import('./server-process.mjs').ServerProcess} server @param {number} patience how long an answer may take (ms) */
  constructor(server, patience) {
    this.#server = server
    this.#patience = patience
  }

  /** The server's state. @throws {Error} when it says something else, or nothing at all */
  async ask() {
    for (let attempt = 0; attempt < 20; attempt++) {
      const line = await this.#exchange()
      if (line === undefined) {
        await sleep(50)
        continue
      }
      if (!line.startsWith('OK {')) throw new Error(`STATS was answered by ${line}`)
      return JSON.parse(line.slice(3))
    }
    throw new Error('STATS was not answered on 20 connections')
  }

  close() {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  /** One answer, or undefined when the connection ended instead. */
  #exchange() {
    const socket = this.#socket ?? this.#connect()
    return new Promise((resolve, reject) => {
      const impatience = setTimeout(
        () => reject(new Error(`STATS was not answered within ${this.#patience} ms`)),
        this.#patience,
      )
      this.#answers.push((line) => {
        clearTimeout(impatience)
        resolve(line)
      })
      socket.write('STATS\n')
    })
  }

  #connect() {
    const socket = this.#server.connect()
    const answers = []
    let partial = ''
    this.#socket = socket
    this.#answers = answers
    socket.setEncoding('utf8').on('data', (text) => {
      const lines = (partial + text).split('\n')
      partial = lines.pop()
      for (const line of lines) answers.shift()?.(line)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
      for (const resolve of answers.splice(0)) resolve(undefined)
    })
    return socket
  }
}

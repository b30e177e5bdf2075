import { IoBuffer } from '@rearm/epoll-native/io'
import { AnswerBuffer } from '../protocol/index.js'

const inputSize = 65536
const outputSize = 131072

/** What a thread reads into and answers from: one of each for all its connections. */
export class ThreadIo {
  // Over shared memory calls are fastest: it cannot be detached.
  readonly input = new IoBuffer(new SharedArrayBuffer(inputSize))
  readonly output = new IoBuffer(new SharedArrayBuffer(outputSize))
  readonly answers = new AnswerBuffer(this.output.bytes)
}

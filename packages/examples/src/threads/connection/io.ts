import { IoBuffer } from '@rearm/epoll-native/io'
import { AnswerBuffer } from '../protocol/index.js'
import type { MemoryBudget } from './memory-budget.js'

const inputSize = 65536
const outputSize = 131072

/** What a thread reads into, answers from and charges: one of each for all its connections. */
export class ThreadIo {
  // Over shared memory calls are fastest: it cannot be detached.
  readonly input = new IoBuffer(new SharedArrayBuffer(inputSize))
  readonly output = new IoBuffer(new SharedArrayBuffer(outputSize))
  readonly answers = new AnswerBuffer(this.output.bytes)

  /** @param budget what its connections may hold from turn to turn */
  constructor(readonly budget: MemoryBudget) {}
}

import { setTimeout as sleep } from 'node:timers/promises'

/** Many requests in one write; now and then the last ones of a connection, whose writing half is closed at once. */
export async function conversePipelined(dialogue, random, run) {
  while (!run.isOver) {
    const requests = Array.from({ length: random.whole(1, 50) }, () => dialogue.request())
    for (const request of requests) dialogue.expect(request)
    dialogue.socket.write(requests.map(({ line }) => line).join(''), 'latin1')
    if (random.chance(0.05)) {
      await dialogue.end()
      return
    }
    if (!(await dialogue.settle())) return
    await sleep(random.whole(0, 1000))
  }
}

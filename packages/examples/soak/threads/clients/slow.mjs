import { setTimeout as sleep } from 'node:timers/promises'

/** A request comes in pieces of some bytes; the answer is read at once. */
export async function converseSlowly(dialogue, random, run) {
  while (!run.isOver) {
    const request = dialogue.request()
    dialogue.expect(request)
    const piece = Math.max(1, Math.ceil(request.line.length / random.whole(1, 20)))
    for (let at = 0; at < request.line.length; at += piece) {
      if (dialogue.isClosed) return
      dialogue.socket.write(request.line.slice(at, at + piece), 'latin1')
      await sleep(random.whole(1, 50))
    }
    if (!(await dialogue.settle())) return
  }
}

import { setTimeout as sleep } from 'node:timers/promises'

/** A request, its answer, a moment's pause; it stays for long. */
export async function converseFast(dialogue, random, run) {
  while (!run.isOver && !random.chance(0.005)) {
    dialogue.ask(dialogue.request())
    if (!(await dialogue.settle())) return
    await sleep(random.whole(0, 200))
  }
}

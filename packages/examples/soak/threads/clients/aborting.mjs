import { setTimeout as sleep } from 'node:timers/promises'

/** No line is too long yet after so many bytes: nothing may be answered before its end. */
const longestPart = 60_000

/** Sends some requests and the beginning of another one, and is gone without a word (RST). */
export async function converseAndAbort(dialogue, random) {
  for (let count = random.whole(0, 10); count > 0; count--) dialogue.ask(dialogue.request())
  const { line } = dialogue.request()
  dialogue.socket.write(
    line.slice(0, random.whole(1, Math.min(line.length - 1, longestPart))),
    'latin1',
  )
  await sleep(random.whole(0, 20))
  if (!dialogue.isClosed) await dialogue.reset()
  await sleep(random.whole(0, 1000))
}

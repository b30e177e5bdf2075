import { setTimeout as sleep } from 'node:timers/promises'
import { echo } from '../requests.mjs'

/** More than any pair of socket buffers holds (bytes). */
const most = 16 * 1024 * 1024
/** As long as a line may be, nearly. */
const size = 60_000

/** Sends as much as the server takes and reads nothing until the run is over; then every answer must be there. */
export async function converseUnread(dialogue, _, run) {
  const { socket } = dialogue
  socket.pause()
  for (let sent = 0; sent < most && !run.isOver && !dialogue.isClosed; sent += size) {
    dialogue.ask(dialogue.request((name) => echo(name, size)))
    while (socket.writableNeedDrain && !run.isOver && !dialogue.isClosed) await sleep(20)
  }
  while (!run.isOver && !dialogue.isClosed) await sleep(100)
  if (socket.writableNeedDrain) run.jammed++
  socket.resume()
  await dialogue.settle()
}

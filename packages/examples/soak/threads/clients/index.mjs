import { runClient } from '../client.mjs'
import { converseAndAbort } from './aborting.mjs'
import { converseFast } from './fast.mjs'
import { conversePipelined } from './pipelining.mjs'
import { converseSlowly } from './slow.mjs'
import { converseUnread } from './unreading.mjs'

/** Each kind, and its share of the connections. */
const kinds = [
  { kind: 'fast', share: 0.5, converse: converseFast },
  { kind: 'slow', share: 0.2, converse: converseSlowly },
  { kind: 'pipelining', share: 0.15, converse: conversePipelined },
  { kind: 'aborting', share: 0.1, converse: converseAndAbort },
  { kind: 'unreading', share: 0.05, converse: converseUnread },
]

/** Runs `count` clients of all kinds; resolves when all of them have left, which they do once the run is over. */
export async function runClients(run, count) {
  await Promise.all(
    kinds.flatMap(({ kind, share, converse }) =>
      Array.from({ length: Math.round(count * share) }, (_, index) =>
        runClient(run, kind, index, converse),
      ),
    ),
  )
}

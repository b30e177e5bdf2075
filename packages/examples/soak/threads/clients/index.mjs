import { runClient } from '../client.mjs'
import { converseAndAbort } from './aborting.mjs'
import { converseFast } from './fast.mjs'
import { conversePipelined } from './pipelining.mjs'
import { converseSlowly } from './slow.mjs'
import { converseUnread } from './unreading.mjs'

/** Those that stay: each kind, and its share of the connections. The rest are fast. */
const staying = [
  { kind: 'slow', share: 0.22, converse: converseSlowly },
  { kind: 'pipelining', share: 0.17, converse: conversePipelined },
  { kind: 'unreading', share: 0.06, converse: converseUnread },
]
/** These are gone most of the time, and come on top. */
const abortingShare = 0.1

/** How many clients there are at most when `count` connections are to be held at once. */
export function mostClients(count) {
  return count + Math.ceil(count * abortingShare)
}

/**
 * Holds `count` connections, or nearly so: their clients come back at once, and others come and go. Resolves when all of them
 * have left, which they do once the run is over.
 */
export async function runClients(run, count) {
  const groups = staying.map(({ share, ...group }) => ({
    ...group,
    size: Math.floor(count * share),
  }))
  const size = groups.reduce((rest, group) => rest - group.size, count)
  groups.push({ kind: 'fast', size, converse: converseFast })
  groups.push({ kind: 'aborting', size: mostClients(count) - count, converse: converseAndAbort })
  await Promise.all(
    groups.flatMap(({ kind, size, converse }) =>
      Array.from({ length: size }, (_, index) => runClient(run, kind, index, converse)),
    ),
  )
}

import type { Reactor } from '@rearm/reactor'
import { Acceptor } from '../connection/acceptor.js'
import { Count } from '../counters.js'
import type { Crew } from './crew.js'

/** The whole composition of the mode handoff: accept here, and give the connection to the thread that has fewest. */
export function handOff(reactor: Reactor, listener: number, crew: Crew): Acceptor {
  const { counters, descriptors, limit } = crew
  return new Acceptor(reactor, listener, {
    hasRoom: () => limit.hasRoom(),
    accepted: (fd) => {
      const thread = fewest()
      // Noted before it is sent: a thread that dies with it unread had it, too.
      descriptors.claim(fd, thread)
      counters.add(thread, Count.OPENED)
      crew.post(thread, { type: 'connection', fd })
    },
  })

  function fewest(): number {
    let best = 0
    for (let thread = 1; thread < crew.size; thread++) {
      if (counters.open(thread) < counters.open(best)) best = thread
    }
    return best
  }
}

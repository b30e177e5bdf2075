import { setImmediate as turn } from 'node:timers/promises'
import {
  Epoll,
  EpollEvents,
  EpollFlag,
  EpollWatcher,
  EventFd,
  type OnBatch,
  type WatcherEngine,
} from '../src/index.js'
import { disposed } from './descriptors.js'

/** Every test of what a watcher does is done with each of them. */
export const engines: readonly { readonly engine: WatcherEngine }[] = [
  { engine: 'uv' },
  { engine: 'thread' },
]

/** Makes watchers by `engine`, closed when the test ends. */
export const watchBy =
  (engine: WatcherEngine) =>
  (epoll: Epoll | number, onBatch: OnBatch, events = new EpollEvents(16)) =>
    disposed(new EpollWatcher(epoll, events, onBatch, { engine }))

/** Lets the event loop turn until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

/** An epoll that watches one eventfd, whose token is `token`. */
export function belled(token = 0, initial = 0): { readonly epoll: Epoll; readonly bell: EventFd } {
  const epoll = disposed(new Epoll())
  const bell = disposed(new EventFd({ initial }))
  epoll.add(bell.fd, EpollFlag.IN, token)
  return { epoll, bell }
}

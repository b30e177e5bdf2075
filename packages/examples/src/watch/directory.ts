import {
  Inotify,
  type InotifyEvent,
  InotifyFlag,
  inotifyAddWatch,
  SystemError,
} from '@rearm/epoll-native'
import { Interest, type Reactor } from '@rearm/reactor'
import { quote } from './quote.js'
import type { Source, Tell } from './source.js'

const { CREATE, CLOSE_WRITE, DELETE, MOVED_FROM, MOVED_TO, DELETE_SELF, MOVE_SELF } = InotifyFlag
const { ONLYDIR, Q_OVERFLOW } = InotifyFlag

// Not MODIFY: with the output in a file of that directory, each line would bring the next one about.
const wanted =
  CREATE | CLOSE_WRITE | DELETE | MOVED_FROM | MOVED_TO | DELETE_SELF | MOVE_SELF | ONLYDIR

const verbs: readonly (readonly [mask: number, verb: string])[] = [
  [CREATE, 'created'],
  [MOVED_TO, 'created'],
  [CLOSE_WRITE, 'modified'],
  [DELETE, 'deleted'],
  [MOVED_FROM, 'deleted'],
]

/**
 * Tells of the files of a directory that are created, modified (and closed) or deleted.
 *
 * @throws {SystemError} `ENOENT`, `ENOTDIR`, `EACCES`, `ENOSPC`
 */
export function watchDirectory(reactor: Reactor, path: string, tell: Tell): Source {
  const inotify = new Inotify()
  try {
    const watch = inotifyAddWatch(inotify.fd, path, wanted)
    if (watch < 0) throw new SystemError(watch, 'inotify_add_watch', `--directory ${quote(path)}`)
    const registration = reactor.register(inotify.fd, Interest.READABLE, () => {
      for (const event of inotify.read()) tellOf(event, tell)
    })
    return {
      close() {
        registration.deregister()
        inotify.close()
      },
    }
  } catch (error) {
    inotify.close()
    throw error
  }
}

function tellOf({ mask, name }: InotifyEvent, tell: Tell): void {
  const verb = verbs.find(([bit]) => (mask & bit) !== 0)?.[1]
  if (verb !== undefined && name !== undefined) tell(`directory: ${verb} ${quote(name)}`)
  else if ((mask & (DELETE_SELF | MOVE_SELF)) !== 0) tell('directory: is itself gone')
  else if ((mask & Q_OVERFLOW) !== 0) tell('directory: events were lost, there were too many')
}

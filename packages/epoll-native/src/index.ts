// For a project whose `lib` has no Symbol.dispose yet: without it the declarations would not compile there.
/// <reference lib="esnext.disposable" preserve="true" />
export {
  ensureAvailable,
  isAvailable,
  UnavailableError,
  unavailabilityCause,
} from './availability.js'
export { DescriptorFlag } from './descriptor-flags.js'
export { Epoll } from './epoll.js'
export {
  type EpollParams,
  epollCreate1,
  epollCtl,
  epollGetParams,
  epollPwait2,
  epollSetParams,
  epollWait,
} from './epoll-calls.js'
export { EpollCreateFlag, EpollFlag, EpollOp } from './epoll-constants.js'
export { EpollEvents } from './epoll-events.js'
export {
  EpollWatcher,
  type EpollWatcherOptions,
  type OnBatch,
  type WatcherEngine,
} from './epoll-watcher.js'
export { Errno, type ErrnoName, errnoName } from './errno.js'
export { EventFd, type EventFdOptions, EventfdFlag, eventfd } from './event-fd.js'
export { Inotify, inotifyAddWatch, inotifyInit1, inotifyRmWatch } from './inotify.js'
export { type InotifyEvent, InotifyFlag, parseInotifyEvents } from './inotify-events.js'
export { OwnedDescriptor } from './owned-descriptor.js'
export {
  PidFd,
  PidfdFlag,
  type ProcessEnd,
  pidfdOpen,
  pidfdSendSignal,
  WaitOption,
  waitid,
} from './pid-fd.js'
export type { SignalName } from './signal-name.js'
export { SystemError } from './system-error.js'
export {
  Clock,
  TimerFd,
  TimerFlag,
  type TimerSetting,
  timerfdCreate,
  timerfdGettime,
  timerfdSettime,
} from './timer-fd.js'

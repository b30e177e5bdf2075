// Every declaration that a user can reach, in a project that has neither @types/node nor a recent `lib`.
import * as epoll from '@rearm/epoll-native'
import * as io from '@rearm/epoll-native/io'
import * as socket from '@rearm/epoll-native/socket'

// The parts marked @internal are not declared.
// @ts-expect-error
epoll.EpollEvents.idOf
// @ts-expect-error
socket.SocketAddress.blockOf
// @ts-expect-error
socket.SocketAddress.over

export { epoll, io, socket }

import * as epoll from '@rearm/epoll-native'
import * as io from '@rearm/epoll-native/io'
import * as socket from '@rearm/epoll-native/socket'
import { roundTrip } from './round-trip.mjs'

roundTrip({ epoll, io, socket }, 'hello').then((answer) => console.log(`echoed: ${answer}`))

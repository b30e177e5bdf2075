const epoll = require('@rearm/epoll-native')
const io = require('@rearm/epoll-native/io')
const socket = require('@rearm/epoll-native/socket')

import('./round-trip.mjs')
  .then(({ roundTrip }) => roundTrip({ epoll, io, socket }, 'hello'))
  .then((answer) => console.log(`echoed: ${answer}`))

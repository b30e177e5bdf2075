// A TCP echo on the raw layer, and one client of it. Resolves with what came back.
import { connect } from 'node:net'

export function roundTrip({ epoll, io, socket }, text) {
  const { Epoll, EpollEvents, EpollFlag, EpollWatcher, SystemError } = epoll
  const check = (result, call) => {
    if (result < 0) throw new SystemError(result, call)
    return result
  }
  const nonblocking = socket.SocketFlag.NONBLOCK | socket.SocketFlag.CLOEXEC
  const listener = check(
    socket.socket(socket.AddressFamily.INET, socket.SocketType.STREAM | nonblocking, 0),
    'socket',
  )
  check(socket.bind(listener, { family: 'ipv4', address: '127.0.0.1', port: 0 }), 'bind')
  check(socket.listen(listener, 16), 'listen')
  const address = new socket.SocketAddress()
  check(socket.getsockname(listener, address), 'getsockname')

  const buffer = new Uint8Array(1024)
  const server = new Epoll()
  const accept = () => {
    const fd = check(socket.accept4(listener, nonblocking), 'accept4')
    server.add(fd, EpollFlag.IN, fd)
  }
  const serve = (fd) => {
    const count = check(io.read(fd, buffer), 'read')
    if (count > 0) return check(io.write(fd, buffer, 0, count), 'write')
    server.delete(fd)
    io.close(fd)
  }
  server.add(listener, EpollFlag.IN, listener)
  const watcher = new EpollWatcher(server, new EpollEvents(16), (count, events) => {
    for (let index = 0; index < count; index++) {
      const fd = events.tokenLow(index)
      if (fd === listener) accept()
      else serve(fd)
    }
  })

  return new Promise((resolve, reject) => {
    const client = connect(address.toAddress().port, '127.0.0.1', () => client.write(text))
    let answer = ''
    client.setEncoding('utf8').on('error', reject)
    client.on('data', (chunk) => {
      answer += chunk
      if (answer.length >= text.length) client.end()
    })
    client.on('close', () => {
      watcher.close()
      server.close()
      io.close(listener)
      resolve(answer)
    })
  })
}

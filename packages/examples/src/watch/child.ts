import { spawn } from 'node:child_process'
import { PidFd } from '@rearm/epoll-native'
import { Interest, type Reactor } from '@rearm/reactor'
import type { Source, Tell } from './source.js'

/**
 * Starts a command in a shell and tells when it has ended: its pidfd becomes readable. `close` ends a command that still
 * runs, by the pidfd too, which can never hit another process.
 *
 * @throws {Error} when it cannot be started
 */
export function watchChild(reactor: Reactor, command: string, tell: Tell): Source {
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'ignore' })
  if (child.pid === undefined) throw new Error('the child cannot be started: no /bin/sh')
  // In the turn that started it: Node has not taken its end yet, so the number is still its own.
  const pidFd = new PidFd(child.pid)
  tell(`child: ${child.pid} started`)

  const tellEnd = () => {
    const { pid, exitCode, signalCode } = child
    tell(
      `child: ${pid} ${signalCode === null ? `exited with ${exitCode}` : `died of ${signalCode}`}`,
    )
  }
  const registration = reactor.register(pidFd.fd, Interest.READABLE, () => {
    close()
    // A pidfd says that it has ended. How, Node knows, which takes the end of every child that it started.
    if (child.exitCode === null && child.signalCode === null) child.once('exit', tellEnd)
    else tellEnd()
  })
  function close(): void {
    registration.deregister()
    pidFd.close()
  }
  return {
    close() {
      if (registration.ended) return
      pidFd.sendSignal('SIGTERM')
      close()
      // It may take no notice.
      child.unref()
    },
  }
}

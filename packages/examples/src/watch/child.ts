import { spawn } from 'node:child_process'
import { PidFd } from '@rearm/epoll-native'
import { Interest, type Reactor } from '@rearm/reactor'
import { endGroup } from './group.js'
import type { Source, Tell } from './source.js'

/**
 * Starts a command in a shell and tells when it has ended: its pidfd becomes readable. `close` ends a command that still
 * runs, and with it what it has started and what has not left its process group, which is its own.
 *
 * @throws {Error} when it cannot be started
 */
export function watchChild(reactor: Reactor, command: string, tell: Tell): Source {
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'ignore', detached: true })
  const { pid } = child
  if (pid === undefined) throw new Error('the child cannot be started: no /bin/sh')
  // In the turn that started it: Node has not taken its end yet, so the number is still its own.
  const pidFd = new PidFd(pid)
  tell(`child: ${pid} started`)

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const tellEnd = () => {
    const { exitCode, signalCode } = child
    tell(
      `child: ${pid} ${signalCode === null ? `exited with ${exitCode}` : `died of ${signalCode}`}`,
    )
  }
  const registration = reactor.register(pidFd.fd, Interest.READABLE, () => {
    close()
    // A pidfd says that it has ended. How, Node knows, which takes the end of every child that it started.
    if (hasEnded()) tellEnd()
    else child.once('exit', tellEnd)
  })
  function close(): void {
    registration.deregister()
    pidFd.close()
  }
  return {
    close() {
      if (registration.ended) return
      close()
      // Before Node has taken its end the number is its own; after that, what it left behind is its own affair.
      if (!hasEnded()) endGroup(pid)
    },
  }
}

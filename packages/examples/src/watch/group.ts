/** How long a process group may take to end when it is asked to, and how often it is looked after (ms). */
const grace = 500
const look = 20

/**
 * Ends a process group whose leader still runs: SIGTERM, then SIGKILL for what is left of it when its time is over, or when
 * this program ends before that. The number is the group's as long as a process is in it, and is not used after that.
 */
export function endGroup(leader: number): void {
  const deadline = performance.now() + grace
  const kill = () => signalGroup(leader, 'SIGKILL')
  if (!signalGroup(leader, 'SIGTERM')) return
  process.once('exit', kill)
  const timer = setInterval(() => {
    const isAnyoneLeft = signalGroup(leader, 0)
    if (isAnyoneLeft && performance.now() < deadline) return
    clearInterval(timer)
    process.off('exit', kill)
    if (isAnyoneLeft) kill()
  }, look)
}

/** False: nobody is in it any more, or nobody who could be sent a signal. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}

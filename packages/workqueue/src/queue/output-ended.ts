import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers'
import type { Worker } from 'node:worker_threads'

/**
 * Resolves when what the thread printed has gone through this thread's stream, or that takes nothing any more. To be called
 * when the thread is new: it does not end before its output is out.
 */
export async function outputEnded({ stdout, stderr }: Worker): Promise<void> {
  await Promise.all([passedOn(stdout), passedOn(stderr)])
}

function passedOn(output: Readable): Promise<void> {
  if (output.readableEnded || output.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    output.once('end', resolve).once('close', resolve)
    // Where its reader is gone, or the disk full, it is piped nowhere: a stream that nobody reads comes to no end.
    const drop = () => {
      if (output.listenerCount('data') === 0) output.resume()
    }
    // The pipe takes its listener away after the pause.
    output.on('pause', () => setImmediate(drop))
    drop()
  })
}

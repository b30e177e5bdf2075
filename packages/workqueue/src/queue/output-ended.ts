import type { Worker, WorkerOptions } from 'node:worker_threads'

/** Resolves when what the thread printed has gone through this thread's stream. */
export async function outputEnded(worker: Worker, options: WorkerOptions): Promise<void> {
  const streams = [
    options.stdout === true ? undefined : worker.stdout,
    options.stderr === true ? undefined : worker.stderr,
  ]
  await Promise.all(
    streams.map((stream) =>
      stream === undefined || stream.readableEnded || stream.destroyed
        ? undefined
        : new Promise<void>((resolve) => stream.once('end', resolve).once('close', resolve)),
    ),
  )
}

/**
 * A worker's stdout and stderr travel through the parent's event loop, piece by piece, each acknowledged. A thread
 * that parks or exits in between keeps the rest to itself.
 */
const streams = () => [process.stdout, process.stderr]

export function hasPendingOutput(): boolean {
  return streams().some((stream) => stream.writableLength > 0)
}

/** Resolves when everything written so far has reached the parent. */
export async function flushOutput(): Promise<void> {
  await Promise.all(
    streams().map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  )
}

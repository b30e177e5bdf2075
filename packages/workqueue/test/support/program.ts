import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of test/programs with node; never rejects. */
export function program(name: string, ...args: string[]): Promise<Ended> {
  const file = fileURLToPath(new URL(`../programs/${name}`, import.meta.url))
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [file, ...args],
      { timeout: 50_000 },
      (_, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    )
  })
}

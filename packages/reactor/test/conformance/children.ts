import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ChildEnd {
  readonly code: number | null
  readonly lines: readonly string[]
  readonly stderr: string
}

/** Starts a program of `children/` with these arguments. It has pipes, and `inherited` as descriptors 3, 4, …. */
export function startChild(
  name: string,
  args: readonly string[] = [],
  inherited: readonly number[] = [],
): ChildProcess {
  const program = fileURLToPath(new URL(`./children/${name}.mjs`, import.meta.url))
  return spawn(process.execPath, [program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', ...inherited],
  })
}

/** Waits for a child's end; `onLine` is told of each line that it prints. */
export function childEnd(
  child: ChildProcess,
  onLine: (line: string) => void = () => {},
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    let told = 0
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      const lines = stdout.split('\n').slice(0, -1)
      for (const line of lines.slice(told)) onLine(line)
      told = lines.length
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code, lines: stdout.split('\n').filter((line) => line !== ''), stderr })
    })
  })
}

export function runChild(name: string, args: readonly string[] = []): Promise<ChildEnd> {
  const child = startChild(name, args)
  child.stdin?.end()
  return childEnd(child)
}

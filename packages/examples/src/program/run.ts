import { ensureAvailable } from '@rearm/epoll-native'
import { type OptionSpec, type OptionsOf, readCommandLine } from './options.js'

/** What a program is, and how it starts. */
export interface ProgramSpec<Specs extends Record<string, OptionSpec>> {
  readonly name: string
  /** In one line. */
  readonly about: string
  readonly options: Specs
  /** What else `--help` says. */
  readonly more?: string
  start(options: OptionsOf<Specs>): void | Promise<void>
}

/** Starts a program with the command line's options. It exits with 2 for a wrong one, and with 1 when it cannot start. */
export async function runProgram<const Specs extends Record<string, OptionSpec>>({
  name,
  about,
  options,
  more,
  start,
}: ProgramSpec<Specs>): Promise<void> {
  const line = readCommandLine(name, about, options, process.argv.slice(2), more)
  if ('say' in line) {
    const { say, exitCode } = line
    if (exitCode === 0) console.log(say)
    else console.error(say)
    process.exitCode = exitCode
    return
  }
  // Whoever read what it prints may leave (EPIPE), or the disk be full: no reason to end what it does.
  process.stdout.on('error', () => {})
  try {
    ensureAvailable()
    await start(line.options)
  } catch (error) {
    console.error(`${name}: ${messageOf(error)}`)
    // Threads that did come up would keep it alive.
    process.exit(1)
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

import { availableParallelism } from 'node:os'
import type { OptionSpec, OptionsOf } from '../program/options.js'
import { longestSleep, mostRounds } from './protocol/index.js'

export const threadsOptions = {
  mode: {
    default: 'lend',
    words: ['lend', 'handoff', 'reuseport'],
    help: 'lend each readiness, hand whole connections over, or a listener per thread',
  },
  threads: {
    default: Math.max(2, availableParallelism()),
    least: 1,
    most: 256,
    help: 'worker threads; each takes some 13 MiB, and a tenth of a second at the start',
  },
  host: { default: '127.0.0.1', help: 'IPv4 or IPv6 address to listen on' },
  port: { default: 7007, most: 65535, help: 'port to listen on; 0 picks a free one' },
  capacity: {
    default: 64,
    most: 1_000_000,
    help: 'lend: how many jobs the queue holds, of up to 64 ready connections each; more stay silent',
  },
  connections: {
    default: 10_000,
    least: 1,
    most: 1_000_000,
    help: 'how many clients at once; more wait in the backlog',
  },
  memory: {
    default: 256,
    least: 1,
    most: 1_048_576,
    help: 'MiB for unfinished lines and unsent answers in all, beside 4 KiB each; who needs more is closed',
  },
  idle: { default: 300, most: 86_400, help: 'seconds until a silent client is closed; 0: never' },
  drain: { default: 5000, most: 600_000, help: 'milliseconds for answering after a stop signal' },
  chaos: { default: false, help: 'allow CRASH, which ends the thread that reads it' },
  view: {
    default: 'auto',
    words: ['auto', 'live', 'lines', 'none'],
    help: 'what it does: drawn in place, or a line every other second; auto: live on a terminal, else a line whenever something has happened',
  },
} as const satisfies Record<string, OptionSpec>

export type ThreadsOptions = OptionsOf<typeof threadsOptions>

/** What `--help` says after the options. */
export const protocolHelp = `requests are lines of UTF-8, each ended by a newline and answered by one line, in order:
  ECHO text         OK text
  HASH rounds text  OK and the SHA-256 of text, iterated; rounds from 1 to ${mostRounds}
  SLEEP ms          OK slept ms, after so many milliseconds, at most ${longestSleep}
  STATS             OK and a JSON object: what the server is doing
  QUIT              OK bye, and the connection is closed
  CRASH             with --chaos: the thread that reads it ends`

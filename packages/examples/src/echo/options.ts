import type { OptionSpec, OptionsOf } from '../program/options.js'

export const echoOptions = {
  host: { default: '127.0.0.1', help: 'IPv4 or IPv6 address to listen on' },
  port: { default: 7007, most: 65535, help: 'port to listen on; 0 picks a free one' },
  trigger: {
    default: 'level',
    words: ['level', 'edge'],
    help: 'how epoll reports readiness',
  },
  connections: {
    default: 10000,
    least: 1,
    most: 1000000,
    help: 'how many clients at once; more wait in the backlog',
  },
  idle: { default: 300, most: 86400, help: 'seconds until a silent client is closed; 0: never' },
  drain: { default: 5000, most: 600000, help: 'milliseconds for answering after a stop signal' },
} as const satisfies Record<string, OptionSpec>

export type EchoOptions = OptionsOf<typeof echoOptions>

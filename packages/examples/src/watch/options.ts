import type { OptionSpec, OptionsOf } from '../program/options.js'

export const watchOptions = {
  directory: { default: '.', help: 'directory whose files are watched' },
  interval: {
    default: 1000,
    least: 1,
    most: 3600000,
    help: 'milliseconds between the ticks of the timer, and between the rings of the worker',
  },
  child: { default: 'sleep 2', help: 'command that is started, and whose end is told' },
} as const satisfies Record<string, OptionSpec>

export type WatchOptions = OptionsOf<typeof watchOptions>

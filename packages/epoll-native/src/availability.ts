import loadBinding from '../binding.cjs'
import type { Native } from './native.js'

/** Why the addon cannot be used here, and what to do. `code` says which of the two it is. */
export class UnavailableError extends Error {
  /** `ERR_EPOLL_NATIVE_PLATFORM`: not Linux. `ERR_EPOLL_NATIVE_NO_BINARY`: no binary loads here. */
  readonly code: 'ERR_EPOLL_NATIVE_PLATFORM' | 'ERR_EPOLL_NATIVE_NO_BINARY'

  constructor(code: UnavailableError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnavailableError'
    this.code = code
  }
}

type Loaded = { readonly addon: Native } | { readonly cause: UnavailableError }

function load(): Loaded {
  if (process.platform !== 'linux') {
    return {
      cause: new UnavailableError(
        'ERR_EPOLL_NATIVE_PLATFORM',
        `@rearm/epoll-native: epoll exists on Linux only, and this is ${process.platform}. ` +
          'Check isAvailable before use, or run the program in a Linux container.',
      ),
    }
  }
  try {
    return { addon: loadBinding() as Native }
  } catch (error) {
    return {
      cause: new UnavailableError(
        'ERR_EPOLL_NATIVE_NO_BINARY',
        `@rearm/epoll-native: no binary loads on linux-${process.arch} here ` +
          `(${error instanceof Error ? error.message.trim() : String(error)}). ` +
          "A bundle needs a copy of the package's native/prebuilds beside it; elsewhere, build from source: " +
          'npx node-gyp rebuild -C node_modules/@rearm/epoll-native/native',
        { cause: error },
      ),
    }
  }
}

const loaded = load()

/** Whether the calls and objects of this package work here. Importing it never fails. */
export const isAvailable: boolean = 'addon' in loaded

/** Why not, when `isAvailable` is false: the error that every call to the kernel throws. */
export const unavailabilityCause: UnavailableError | undefined =
  'cause' in loaded ? loaded.cause : undefined

/** Throws `unavailabilityCause` where the package does not work. */
export function ensureAvailable(): void {
  if (unavailabilityCause !== undefined) throw unavailabilityCause
}

/** The addon; where there is none, every function of it throws `unavailabilityCause`. */
export const native: Native =
  'addon' in loaded
    ? loaded.addon
    : (new Proxy({}, { get: () => ensureAvailable }) as unknown as Native)

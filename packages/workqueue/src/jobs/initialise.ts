/** A module's `init` failed; `cause` is what it failed with. */
export class InitError extends Error {}

/** Runs a module's `init`. @throws InitError */
export async function initialise(init: () => unknown): Promise<unknown> {
  try {
    return await init()
  } catch (cause) {
    throw new InitError('init', { cause })
  }
}

/** Why a module does not come up, in words, and the error behind it. */
export function moduleFailure(error: unknown): { failure: string; cause: unknown } {
  if (error instanceof InitError) {
    return { failure: 'init() of the job module failed', cause: error.cause }
  }
  return { failure: 'the job module could not be loaded', cause: error }
}

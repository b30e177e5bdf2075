/** What handlers and `onEnd`s threw, until it surfaces. */
export class Thrown {
  readonly #onError: ((error: unknown) => void) | undefined
  #errors: unknown[] = []

  constructor(onError: ((error: unknown) => void) | undefined) {
    this.#onError = onError
  }

  /** Whether there is something that nobody has taken. */
  get some(): boolean {
    return this.#errors.length > 0
  }

  add(error: unknown): void {
    this.#errors.push(error)
  }

  take(): readonly unknown[] {
    const errors = this.#errors
    if (errors.length > 0) this.#errors = []
    return errors
  }

  /** @throws the errors, several as one `AggregateError`; with an `onError`, only what that threw */
  surface(errors: readonly unknown[] = this.take()): void {
    if (errors.length === 0) return
    const thrown = this.#onError === undefined ? errors : unreported(errors, this.#onError)
    if (thrown.length === 1) throw thrown[0]
    if (thrown.length > 1) throw new AggregateError(thrown, `${thrown.length} handlers threw`)
  }

  /** In the event loop's next turn, for what nobody's call can throw. */
  surfaceLater(): void {
    if (this.some) setImmediate(() => this.surface())
  }
}

/** Reports each error, and returns what the reporting itself threw. */
function unreported(errors: readonly unknown[], onError: (error: unknown) => void): unknown[] {
  const thrown: unknown[] = []
  for (const error of errors) {
    try {
      onError(error)
    } catch (ofOnError) {
      thrown.push(ofOnError)
    }
  }
  return thrown
}

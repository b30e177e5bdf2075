import { JobModuleError, type JobRecord, UnserializableError } from '../errors.js'
import type { ErrorImage, ErrorReport } from '../worker/error-report.js'
import { throwBuilt } from './settlement.js'

const CLASSES = new Map<string, ErrorConstructor>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((one) => [
    one.name,
    one,
  ]),
)

/** Turns a worker's report into the value that the caller's promise rejects with. */
export function restore(report: ErrorReport, job: JobRecord | undefined, module: string): unknown {
  return new Restoration(job, module).restore(report)
}

/** One report's. An error that occurs in it several times, in itself even, is one error again. */
class Restoration {
  readonly #restored = new Map<ErrorImage, Error>()
  readonly #awaiting = framesOfAwaiting()

  constructor(
    private readonly job: JobRecord | undefined,
    private readonly module: string,
  ) {}

  restore(report: ErrorReport): unknown {
    const { job, module } = this
    switch (report.kind) {
      case 'thrown':
        return report.value
      case 'unknownJob':
        return new JobModuleError(`there is no job '${report.name}'`, module, job)
      case 'unserializable':
        return new UnserializableError(report.path, job, this.#error(report.error))
      case 'error':
        return this.#error(report.error)
    }
  }

  #error(image: ErrorImage): Error {
    const known = this.#restored.get(image)
    if (known !== undefined) return known
    const error = create(image)
    this.#restored.set(image, error)
    if (error.name !== image.name) hidden(error, 'name', image.name)
    if (image.cause !== undefined) hidden(error, 'cause', this.restore(image.cause))
    if (image.errors !== undefined) {
      const errors = image.errors.map((one) => this.restore(one))
      hidden(error, 'errors', errors)
    }
    for (const [key, value] of Object.entries(image.own)) own(error, key, value)
    for (const [key, value] of Object.entries(image.inner)) own(error, key, this.restore(value))
    const stack = image.stack ?? `${image.name}: ${image.message}`
    hidden(error, 'stack', [stack, ...this.#awaiting].join('\n'))
    return error
  }
}

function create({ base, errors, message }: ErrorImage): Error {
  if (errors !== undefined) return new AggregateError([], message)
  return new (CLASSES.get(base) ?? Error)(message)
}

/** Who awaited the job in this thread; nothing when nobody did. */
function framesOfAwaiting(): string[] {
  const here: { stack?: unknown } = {}
  // By the function, not by its file: that bears another name wherever this package is bundled.
  Error.captureStackTrace(here, throwBuilt)
  if (typeof here.stack !== 'string') return []
  const frames = here.stack.split('\n').filter((line) => line.startsWith('    at '))
  return frames.length === 0 ? [] : ['    at --- the job was awaited by ---', ...frames]
}

function own(error: Error, key: string, value: unknown): void {
  define(error, key, value, true)
}

function hidden(error: Error, key: string, value: unknown): void {
  define(error, key, value, false)
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable, configurable: true })
}

import { JobModuleError, type JobRecord, UnserializableError } from '../errors.js'
import type { ErrorImage, ErrorReport } from '../worker/error-report.js'

const CLASSES = new Map<string, ErrorConstructor>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((one) => [
    one.name,
    one,
  ]),
)

/** Turns a worker's report into the value that the caller's promise rejects with. */
export function restore(report: ErrorReport, job: JobRecord | undefined, module: string): unknown {
  switch (report.kind) {
    case 'thrown':
      return report.value
    case 'unknownJob':
      return new JobModuleError(`there is no job '${report.name}'`, module, job)
    case 'unserializable':
      return new UnserializableError(report.path, job, restoreError(report.error, job, module))
    case 'error':
      return restoreError(report.error, job, module)
  }
}

function restoreError(image: ErrorImage, job: JobRecord | undefined, module: string): Error {
  const error = create(image, job, module)
  const name = image.name === 'Error' ? image.className : image.name
  if (error.name !== name) hidden(error, 'name', name)
  if (image.cause !== undefined) hidden(error, 'cause', restore(image.cause, job, module))
  for (const [key, value] of Object.entries(image.own)) {
    Object.defineProperty(error, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  hidden(error, 'stack', joinStacks(image, error))
  return error
}

function create(image: ErrorImage, job: JobRecord | undefined, module: string): Error {
  if (image.errors !== undefined) {
    return new AggregateError(
      image.errors.map((one) => restore(one, job, module)),
      image.message,
    )
  }
  return new (CLASSES.get(image.className) ?? Error)(image.message)
}

/** The stack in the worker, then who awaited the job in this thread. */
function joinStacks(image: ErrorImage, error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  // The frames of this package end where the promise's reaction called in.
  const own = frames.slice(frames.findLastIndex((line) => /\bsettlement\.[jt]s\b/.test(line)) + 1)
  const remote = image.stack ?? `${image.name}: ${image.message}`
  return [remote, '    at --- the job was awaited by ---', ...own].join('\n')
}

function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  })
}

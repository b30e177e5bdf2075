// The ways in which a thread or a process ends, called from wherever it is.
export const thrown = 'thrown on purpose'

/** @param close ends the watching, @param die has somebody else end this thread */
export function end(ending, { close, die }) {
  switch (ending) {
    case 'exit':
      return process.exit(0)
    case 'natural':
      return close()
    case 'throw':
      throw new Error(thrown)
    case 'terminate':
      return die()
    default:
      throw new TypeError(`no such ending: ${ending}`)
  }
}

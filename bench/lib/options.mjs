// The options of a suite: what each has in common, and --help from the same table.
import { parseArgs } from 'node:util'

/**
 * @typedef {object} Option
 * @property {'number' | 'numbers' | 'names' | 'flag'} type
 * @property {any} [default]
 * @property {string} help
 */

/** Every suite has these, unless its own say otherwise. */
const COMMON = {
  attempts: { type: 'number', default: 3, help: 'how often a run that others disturbed is made' },
  only: { type: 'names', help: 'run only these, for example --only raw,c' },
  check: { type: 'flag', help: 'exit status 1 when a bar is missed' },
  save: { type: 'flag', help: 'keep the runs in bench/results/' },
  help: { type: 'flag', help: 'this text' },
}

function number(name, text) {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0)) fail(`--${name} must be a number above 0, not "${text}"`)
  return value
}

function fail(message) {
  console.error(message)
  process.exit(2)
}

function read(name, option, text) {
  if (option.type === 'number') return number(name, text)
  if (option.type === 'numbers') return text.split(',').map((one) => number(name, one))
  return text.split(',')
}

function printHelp(suite, about, options) {
  const lines = Object.entries(options).map(([name, option]) => {
    const value = option.type === 'flag' ? '' : ` ${option.type.toUpperCase()}`
    const preset = option.default === undefined ? '' : ` (${[option.default].flat().join(',')})`
    return `  ${`--${name}${value}`.padEnd(24)} ${option.help}${preset}`
  })
  console.log(`usage: npm run bench -- ${suite} [options]\n\n${about}\n\n${lines.join('\n')}`)
  process.exit(0)
}

/**
 * @param {string} suite
 * @param {string} about
 * @param {Record<string, Option | undefined>} own in place of a common one of that name; undefined takes it away
 * @returns {Record<string, any>}
 */
export function suiteOptions(suite, about, own) {
  const options = Object.fromEntries(
    Object.entries({ ...own, ...COMMON, ...own }).filter(([, option]) => option !== undefined),
  )
  const types = Object.entries(options).map(([name, { type }]) => [
    name,
    { type: type === 'flag' ? 'boolean' : 'string' },
  ])
  let parsed
  try {
    parsed = parseArgs({ options: Object.fromEntries(types) }).values
  } catch (error) {
    fail(error.message)
  }
  if (parsed.help) printHelp(suite, about, options)
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      if (parsed[name] === undefined)
        return [name, option.default ?? (option.type === 'flag' ? false : undefined)]
      return [name, option.type === 'flag' ? true : read(name, option, parsed[name])]
    }),
  )
}

/**
 * The items that --only names, or all of them.
 * @template {{ name: string }} T
 * @param {T[]} items
 * @param {string[] | undefined} only
 */
export function chosen(items, only) {
  if (only === undefined) return items
  const names = items.map(({ name }) => name)
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) fail(`--only: no "${unknown.join('", "')}" here, but ${names.join(', ')}`)
  return items.filter(({ name }) => only.includes(name))
}

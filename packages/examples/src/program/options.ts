import { parseArgs } from 'node:util'

/** One command-line option of a program: every one has a default, which also says what kind it is. */
export interface OptionSpec {
  readonly default: string | number | boolean
  /** What `--help` says of it. */
  readonly help: string
  /** For words: the ones that are allowed. */
  readonly words?: readonly string[]
  /** For numbers: the bounds. */
  readonly least?: number
  readonly most?: number
}

type ValueOf<Spec extends OptionSpec> = Spec extends { readonly words: readonly (infer Word)[] }
  ? Word
  : Spec['default'] extends number
    ? number
    : Spec['default'] extends boolean
      ? boolean
      : string

export type OptionsOf<Specs extends Record<string, OptionSpec>> = {
  readonly [Name in keyof Specs]: ValueOf<Specs[Name]>
}

/** What a program does with its command line: run with options, or say something and end. */
export type CommandLine<Options> =
  | { readonly options: Options }
  | { readonly say: string; readonly exitCode: 0 | 2 }

/** Reads `args`; `--help` and mistakes come back as what to say. @param more what `--help` says after the options */
export function readCommandLine<const Specs extends Record<string, OptionSpec>>(
  name: string,
  about: string,
  specs: Specs,
  args: readonly string[],
  more = '',
): CommandLine<OptionsOf<Specs>> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(
          Object.entries(specs).map(([key, spec]) => [
            key,
            {
              type: typeof spec.default === 'boolean' ? ('boolean' as const) : ('string' as const),
            },
          ]),
        ),
      },
    })
    if (values.help === true)
      return { say: `${usage(name, about, specs)}${more && `\n\n${more}`}`, exitCode: 0 }
    const given: Readonly<Record<string, unknown>> = values
    const options = Object.entries(specs).map(([key, spec]) => [key, read(key, spec, given[key])])
    return { options: Object.fromEntries(options) as OptionsOf<Specs> }
  } catch (error) {
    const mistake = error instanceof Error ? error.message : String(error)
    return { say: `${mistake}\n\n${usage(name, about, specs)}`, exitCode: 2 }
  }
}

function read(key: string, spec: OptionSpec, value: unknown): string | number | boolean {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return spec.default
  if (spec.words !== undefined && !spec.words.includes(value)) {
    throw new Error(`--${key} must be one of ${spec.words.join(', ')}`)
  }
  if (typeof spec.default !== 'number') return value
  const { least = 0, most = Number.MAX_SAFE_INTEGER } = spec
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new Error(`--${key} must be a whole number from ${least} to ${most}`)
}

function usage(name: string, about: string, specs: Record<string, OptionSpec>): string {
  const rows: [option: string, meaning: string][] = [['--help', 'say this']]
  for (const [key, spec] of Object.entries(specs)) {
    if (typeof spec.default === 'boolean') {
      rows.push([`--${key}`, spec.help])
      continue
    }
    const value = spec.words?.join('|') ?? (typeof spec.default === 'number' ? 'N' : 'TEXT')
    rows.push([`--${key} ${value}`, `${spec.help} (default ${spec.default})`])
  }
  const width = Math.max(...rows.map(([left]) => left.length))
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
  return `${name}: ${about}\n\nusage: npm run example -- ${name} [options]\n${lines.join('\n')}`
}

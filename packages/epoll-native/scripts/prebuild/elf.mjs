// What the gate wants to know about a binary, as binutils' readelf tells it.
import { tryRun } from '../run.mjs'

function readelf(file, ...options) {
  const { status, stdout, output } = tryRun('readelf', ['-W', ...options, file], {
    env: { ...process.env, LC_ALL: 'C' },
  })
  // readelf warns about a file that is cut short or no ELF file, and still exits with 0.
  if (status !== 0 || /Error:|Warning:/.test(output)) {
    throw new Error(`${output}\n${file}: readelf (package binutils) could not read it`)
  }
  return stdout
}

/** { machine, needed, versions, alignment, undefinedSymbols: [{name, weak}], exported } of `file`. */
export function readBinary(file) {
  const header = readelf(file, '-h')
  const symbols = readelf(file, '--dyn-syms')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => /^\d+:$/.test(fields[0]) && fields.length >= 8)
    .map(([, , , , bind, , section, name]) => ({
      name: name.replace(/@.*/, ''),
      weak: bind === 'WEAK',
      local: bind === 'LOCAL',
      undefined: section === 'UND',
    }))
    .filter((symbol) => !symbol.local)
  return {
    machine: /Machine:\s+(.*)/.exec(header)?.[1]?.trim(),
    needed: [...readelf(file, '-d').matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1]),
    versions: [...new Set([...readelf(file, '-V').matchAll(/Name: (\S+)/g)].map((m) => m[1]))],
    alignment: Math.min(
      ...[...readelf(file, '-l').matchAll(/^\s+LOAD\s.*\s(0x[0-9a-f]+)$/gm)].map((m) =>
        Number(m[1]),
      ),
    ),
    undefinedSymbols: symbols.filter((symbol) => symbol.undefined),
    exported: symbols.filter((symbol) => !symbol.undefined).map((symbol) => symbol.name),
  }
}

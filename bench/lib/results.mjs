// Keeps a run under bench/results/, for those who ask for it with --save.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeMachine } from './machine.mjs'

const results = new URL('../results/', import.meta.url)

/**
 * Writes NAME.json (every single run) and NAME.md (what was printed).
 * @param {string} name
 * @param {{ options: object, runs: unknown, markdown: string }} result
 */
export function saveResult(name, { options, runs, markdown }) {
  const machine = describeMachine()
  const date = new Date().toISOString().slice(0, 10)
  mkdirSync(results, { recursive: true })
  const json = new URL(`${name}.json`, results)
  writeFileSync(json, `${JSON.stringify({ name, date, machine, options, runs }, null, 2)}\n`)
  const heading = `# ${name}\n\n${date}, Linux ${machine.kernel}, Node ${machine.node}, ${machine.cores} cores (${machine.cpu})\n`
  writeFileSync(new URL(`${name}.md`, results), `${heading}\n${markdown}\n`)
  console.log(`\nsaved as ${fileURLToPath(json)} and .md`)
}

const header = ['clients', 'connections', 'requests', 'right', 'closed by a crash']

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
        )
        .join('  '),
    )
    .join('\n')
}

/** What was counted in a phase, by kind of client. */
function rowsOf({ run }) {
  return [...run.counts].map(([kind, counts]) => [
    kind,
    ...[counts.connections, counts.requests, counts.right, counts.lost].map((count) =>
      count.toLocaleString('en-US'),
    ),
  ])
}

/** What the main phase was like; when it was not reached, the warm-up. */
function describe({ run, state }) {
  const crashes = run.crashes.map(({ open, closed }) => `${closed} of ${open}`).join(', ')
  return {
    'at once': `${run.mostServed} connections at most, ${run.usuallyServed} half of the time, by the server's own count; ${run.mostOpen} at most by its clients'`,
    crashes: `${run.crashes.length}, which closed ${crashes || 'nothing'}`,
    unreading: `${run.jammed} clients were held back at the end`,
    connections: `${state.connections - 1} left`,
    audit: `${state.audit} differences`,
  }
}

/**
 * Prints what happened, and what went wrong.
 * @param {string} title
 * @param {{ connections: number, seconds: number, threads: number, seed: number }} plan
 * @param {Record<string, any>} phases by name, in their order, as far as they were reached
 * @param {Record<string, string>} seen what else is to be told
 * @returns {boolean} whether nothing went wrong
 */
export function printSummary(title, { connections, seconds, threads, seed }, phases, seen) {
  console.log(
    `${title} --threads ${threads}: ${connections} connections at once for ${seconds} s, seed ${seed}\n`,
  )
  const main = phases.run ?? phases['warm-up']
  const last = phases['last round']
  const rows = [...rowsOf(main), ...(last === undefined ? [] : rowsOf(last))]
  console.log(`${table([header, ...rows])}\n`)
  for (const [what, text] of Object.entries({ ...describe(main), ...seen })) {
    console.log(`${what.padEnd(12)} ${text}`)
  }
  console.log('')
  let count = 0
  for (const [name, { run }] of Object.entries(phases)) {
    count += run.faultCount
    for (const fault of run.faults) console.log(`WRONG (${name}): ${fault}`)
    if (run.faultCount > run.faults.length) {
      console.log(`... and ${run.faultCount - run.faults.length} more`)
    }
  }
  console.log(count === 0 ? 'every rule held' : `${count} times a rule was broken`)
  return count === 0
}

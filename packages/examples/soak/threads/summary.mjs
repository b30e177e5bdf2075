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

/**
 * Prints what happened, and what went wrong.
 * @returns {boolean} whether nothing did
 */
export function printSummary({ warmup, main, last, before, after, ...about }) {
  const { mode, seconds, connections, threads, seed, cpu } = about
  const { run, state, mostMemory } = main
  console.log(
    `threads --mode ${mode} --threads ${threads}: ${connections} clients for ${seconds} s, seed ${seed}\n`,
  )
  const rows = [...run.counts, ...last.run.counts].map(([kind, counts]) => [
    kind,
    ...[counts.connections, counts.requests, counts.right, counts.lost].map((count) =>
      count.toLocaleString('en-US'),
    ),
  ])
  console.log(`${table([header, ...rows])}\n`)
  const crashes = run.crashes.map(({ open, closed }) => `${closed} of ${open}`).join(', ')
  console.log(`at once      ${run.mostOpen} connections at most`)
  console.log(`crashes      ${run.crashes.length}, which closed ${crashes || 'nothing'}`)
  console.log(`unreading    ${run.jammed} clients were held back at the end`)
  console.log(`connections  ${state.connections - 1} left`)
  console.log(
    `descriptors  ${before.descriptors} after the warm-up, ${after.descriptors} at the end`,
  )
  console.log(
    `memory       ${before.memory.toFixed(0)} MiB after the warm-up, ${after.memory.toFixed(0)} at the end, ${mostMemory.toFixed(0)} at most`,
  )
  console.log(`audit        ${state.audit} differences`)
  console.log(
    `CPU          ${cpu.toFixed(1)} s of the server, ${(process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6).toFixed(1)} s of its clients`,
  )
  console.log(`SIGTERM      exit status ${last.status}\n`)
  const phases = { 'warm-up': warmup.run, run, 'last round': last.run }
  let count = 0
  for (const [name, { faults, faultCount }] of Object.entries(phases)) {
    count += faultCount
    for (const fault of faults) console.log(`WRONG (${name}): ${fault}`)
    if (faultCount > faults.length) console.log(`... and ${faultCount - faults.length} more`)
  }
  console.log(count === 0 ? 'every rule held' : `${count} times a rule was broken`)
  return count === 0
}

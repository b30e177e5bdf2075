// One table for the terminal that is at the same time Markdown.

const isNumber = (cell) => /^[-<≤]?[\d,.]+/.test(cell)

/**
 * @param {string[]} header
 * @param {string[][]} rows
 */
export function formatTable(header, rows) {
  const widths = header.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column].length)),
  )
  const right = header.map((_, column) => column > 0 && rows.some((row) => isNumber(row[column])))
  const line = (cells) =>
    `| ${cells
      .map((cell, column) =>
        right[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join(' | ')} |`
  const rule = `|${widths.map((width, column) => '-'.repeat(width + 1) + (right[column] ? ':' : '-')).join('|')}|`
  return [line(header), rule, ...rows.map(line)].join('\n')
}

/** A number with as many digits as a reader can use: 3 significant, thousands separated; or a dash. */
export function digits(value) {
  if (!Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  if (size >= 1000) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

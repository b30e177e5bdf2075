/** Bytes of a request line, without its newline. */
export const longestLine = 65536
/** Bytes of an answer line with its newline: an echo of the longest line. */
export const longestAnswer = longestLine + 8
export const mostRounds = 1_000_000
/** Milliseconds. */
export const longestSleep = 60_000
/**
 * What one turn of a connection may compute, in rounds of SHA-256 (half a microsecond to one each), before others get theirs: a
 * longer HASH goes on in its next turn.
 */
export const workPerTurn = 4096

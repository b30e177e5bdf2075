import { longestLine, longestSleep, mostRounds } from './limits.js'
import { bytesOf } from './text.js'

/** The commands. */
export const word = {
  echo: bytesOf('ECHO'),
  hash: bytesOf('HASH'),
  sleep: bytesOf('SLEEP'),
  stats: bytesOf('STATS'),
  quit: bytesOf('QUIT'),
  crash: bytesOf('CRASH'),
}

/** What answers consist of. */
export const answer = {
  ok: bytesOf('OK '),
  bye: bytesOf('OK bye'),
  slept: bytesOf('OK slept '),
  unknown: bytesOf('ERR unknown-command the commands are ECHO, HASH, SLEEP, STATS and QUIT'),
  notUtf8: bytesOf('ERR not-utf8 a line is UTF-8'),
  tooLong: bytesOf(
    `ERR line-too-long a line has at most ${longestLine} bytes; the rest is skipped`,
  ),
  unfinished: bytesOf('ERR unfinished-line the input ended in the middle of a line'),
  full: bytesOf('ERR memory-full the server holds all that it may: read answers, end lines'),
  rounds: bytesOf(`ERR rounds must be a whole number from 1 to ${mostRounds}: HASH rounds text`),
  ms: bytesOf(`ERR ms must be a whole number from 0 to ${longestSleep}: SLEEP ms`),
}

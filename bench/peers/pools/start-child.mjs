// One pool in a process of its own: milliseconds from the import of its package to its first result, and the resident memory
// before that and when all of its threads have run jobs. `start-child.mjs POOL THREADS`, one line of JSON.
import { setTimeout as sleep } from 'node:timers/promises'
import { pools } from './index.mjs'

const [name, threads] = process.argv.slice(2)
const bare = process.memoryUsage.rss()
const start = performance.now()
const pool = await pools[name](Number(threads))
await pool.run('echo', 1)
const ms = performance.now() - start
// Enough of them, and long enough, that no thread is left out.
const jobs = () => Promise.all(Array.from({ length: 50 * threads }, () => pool.run('burn', 200)))
await Promise.all([pool.queue?.ready(), sleep(100)])
await jobs()
const rss = process.memoryUsage.rss()
process.stdout.write(JSON.stringify({ ms, bare, rss }), () => process.exit())

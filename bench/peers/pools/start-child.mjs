// The time from the import of a pool's package to its first result, in milliseconds.
import { pools } from './index.mjs'

const start = performance.now()
const pool = await pools[process.argv[2]](1)
await pool.run('echo', 1)
process.stdout.write(String(performance.now() - start), () => process.exit())

import { loadProgram } from '../program/load.js'

await loadProgram('threads', () => import('./program.js'))

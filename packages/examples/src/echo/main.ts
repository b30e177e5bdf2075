import { loadProgram } from '../program/load.js'

await loadProgram('echo', () => import('./program.js'))

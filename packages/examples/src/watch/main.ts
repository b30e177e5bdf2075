import { loadProgram } from '../program/load.js'

await loadProgram('watch', () => import('./program.js'))

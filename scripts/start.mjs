// `npm start [-- options]`: the main job of the project.
import { runExample } from './example.mjs'

await runExample('threads', process.argv.slice(2))

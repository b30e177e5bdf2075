import { ThreadWorker } from 'poolifier'
import { overload } from './overload-work.mjs'

export default new ThreadWorker(overload)

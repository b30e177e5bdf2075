import { ThreadWorker } from 'poolifier'
import { fatal } from './fatal.mjs'

export default new ThreadWorker(fatal)

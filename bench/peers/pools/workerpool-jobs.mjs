import workerpool from 'workerpool'
import { work } from './work.mjs'

workerpool.worker(work)

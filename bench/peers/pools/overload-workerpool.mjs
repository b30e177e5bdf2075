import workerpool from 'workerpool'
import { overload } from './overload-work.mjs'

workerpool.worker(overload)

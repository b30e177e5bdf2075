import workerpool from 'workerpool'
import { fatal } from './fatal.mjs'

workerpool.worker(fatal)

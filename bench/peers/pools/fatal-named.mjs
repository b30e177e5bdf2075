import { fatal } from './fatal.mjs'

export const { ok, exit, throwLater, rejectLater, memory, abort, claimed } = fatal

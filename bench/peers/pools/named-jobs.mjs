// piscina and tinypool pick an export by name.
import { work } from './work.mjs'

export const { echo, factorial, burn } = work

import { overload } from './overload-work.mjs'

export const { open, mark } = overload

import { overload } from './overload-work.mjs'

export const { mark } = overload

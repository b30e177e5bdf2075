import { types } from 'node:util'

/** Whether an object without keys is nothing but an object: its prototype may have been exchanged. */
export function isBare(value: object): boolean {
  return (
    Object.prototype.toString.call(value) === '[object Object]' &&
    !types.isMap(value) &&
    !types.isSet(value)
  )
}

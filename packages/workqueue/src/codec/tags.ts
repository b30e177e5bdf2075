/** The first byte of every encoded value. */
export const TAG = {
  undefined: 0,
  null: 1,
  true: 2,
  false: 3,
  int32: 4,
  float64: 5,
  /** Length in one byte, then Latin-1. */
  shortString: 6,
  /** Length in four bytes, then Latin-1. */
  latin1: 7,
  /** Length in code units in four bytes, then UTF-16: exact for lone surrogates too. */
  utf16: 8,
  /** Number of elements in four bytes, then the elements. */
  array: 9,
  /** Number of properties in two bytes, then the values, then the keys. */
  object: 10,
  /** Number of a defined shape in two bytes, then the values in the shape's order. */
  shaped: 11,
  /** Length in four bytes, padding to the next multiple of eight, then the bytes. */
  bytes: 12,
  /** A string: the number in hexadecimal. */
  bigint: 13,
  /** Eight bytes: milliseconds since the epoch. */
  date: 14,
} as const

/** Strings up to this length are written character by character: a native call costs more. */
export const SHORT_STRING = 40

/** Whether a value is a whole number of 32 bits. -0 is none: 1 / -0 is negative. */
export function isInt32(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value && (value !== 0 || 1 / value > 0)
}

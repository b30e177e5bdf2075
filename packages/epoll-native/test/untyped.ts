/** A value with whatever type is expected: for showing what happens to callers without a type checker. */
export function untyped<T>(value: unknown): T {
  return value as T
}

/** An ArrayBuffer that can be resized, which this version of TypeScript's library does not know. */
export function resizable(
  size: number,
  most: number,
): ArrayBuffer & { resize(size: number): void } {
  return Reflect.construct(ArrayBuffer, [size, { maxByteLength: most }])
}

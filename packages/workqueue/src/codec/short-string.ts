const text = String.fromCharCode

/**
 * Latin-1 text of at most 16 characters. A fixed number of arguments makes a flat string without a call into
 * native code, which for names and keys costs more than the characters.
 */
export function shortLatin1(b: Uint8Array, at: number, length: number): string {
  if (length > 8) return eight(b, at) + upTo8(b, at + 8, length - 8)
  return upTo8(b, at, length)
}

function upTo8(b: Uint8Array, i: number, length: number): string {
  switch (length) {
    case 0:
      return ''
    case 1:
      return text(b[i] as number)
    case 2:
      return text(b[i] as number, b[i + 1] as number)
    case 3:
      return text(b[i] as number, b[i + 1] as number, b[i + 2] as number)
    case 4:
      return four(b, i)
    case 8:
      return eight(b, i)
    default:
      return four(b, i) + upTo8(b, i + 4, length - 4)
  }
}

function four(b: Uint8Array, i: number): string {
  return text(b[i] as number, b[i + 1] as number, b[i + 2] as number, b[i + 3] as number)
}

function eight(b: Uint8Array, i: number): string {
  return text(
    b[i] as number,
    b[i + 1] as number,
    b[i + 2] as number,
    b[i + 3] as number,
    b[i + 4] as number,
    b[i + 5] as number,
    b[i + 6] as number,
    b[i + 7] as number,
  )
}

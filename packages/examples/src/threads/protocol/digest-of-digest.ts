/**
 * SHA-256 of 32 bytes, for digests of digests: FIPS 180-4 with its one block written out. In plain JavaScript, because a call of
 * node:crypto for so little costs four times as much, and two threads that make such calls all the time slow each other
 * down: they count references to the same objects.
 */
export class DigestOfDigest {
  readonly #words = new Int32Array(64)

  /** Replaces the digest `state`, eight big-endian words, by its own digest. */
  replace(state: Int32Array): void {
    const words = this.#schedule(state)
    let a: number = start[0]
    let b: number = start[1]
    let c: number = start[2]
    let d: number = start[3]
    let e: number = start[4]
    let f: number = start[5]
    let g: number = start[6]
    let h: number = start[7]
    for (let i = 0; i < 64; i++) {
      const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const one = (h + big1 + (g ^ (e & (f ^ g))) + at(constants, i) + at(words, i)) | 0
      const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const two = (big0 + ((a & b) ^ (c & (a ^ b)))) | 0
      h = g
      g = f
      f = e
      e = (d + one) | 0
      d = c
      c = b
      b = a
      a = (one + two) | 0
    }
    state[0] = start[0] + a
    state[1] = start[1] + b
    state[2] = start[2] + c
    state[3] = start[3] + d
    state[4] = start[4] + e
    state[5] = start[5] + f
    state[6] = start[6] + g
    state[7] = start[7] + h
  }

  /** The block of 32 bytes, their padding and their length, made longer. */
  #schedule(state: Int32Array): Int32Array {
    const words = this.#words
    words.set(state)
    words.fill(0, 9, 15)
    words[8] = 0x80000000 | 0
    words[15] = 256
    for (let i = 16; i < 64; i++) {
      const x = at(words, i - 15)
      const y = at(words, i - 2)
      const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      words[i] = (at(words, i - 16) + small0 + at(words, i - 7) + small1) | 0
    }
    return words
  }
}

function at(words: Int32Array, index: number): number {
  return words[index] as number
}

const start = [
  0x6a09e667 | 0,
  0xbb67ae85 | 0,
  0x3c6ef372 | 0,
  0xa54ff53a | 0,
  0x510e527f | 0,
  0x9b05688c | 0,
  0x1f83d9ab | 0,
  0x5be0cd19 | 0,
] as const

// biome-ignore format: as the standard prints them
const constants = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
)

// What every pool is given to do.
export const work = {
  echo: (value) => value,
  factorial: (n) => {
    let result = 1n
    for (let i = 2n; i <= BigInt(n); i++) result *= i
    return result
  },
  /** Arithmetic: about half a microsecond a round. */
  burn: (rounds) => {
    let x = 1
    for (let i = 0; i < rounds * 500; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0
    return x
  },
}

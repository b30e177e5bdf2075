/**
 * (module (func (export "burn") (param $n i32) (result i32) (local $x i32)
 *   (loop $again
 *     (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
 *     (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
 *   (local.get $x)))
 */
const kernel = new WebAssembly.Instance(
  new WebAssembly.Module(
    Buffer.from(
      'AGFzbQEAAAABBgFgAX8BfwMCAQAHCAEEYnVybgAACiUBIwEBfwNAIAFBjczlAGxB3+a74wNqIQEgAEEBayIADQALIAEL',
      'base64',
    ),
  ),
).exports

// What every pool is given to do.
export const work = {
  echo: (value) => value,
  factorial: (n) => {
    let result = 1n
    for (let i = 2n; i <= BigInt(n); i++) result *= i
    return result
  },
  /**
   * Arithmetic: about half a microsecond a round. In WebAssembly, so that it is the same machine code in every
   * thread: what V8 makes of a loop in JavaScript depends on the function that it is inlined into.
   */
  burn: (rounds) => kernel.burn(rounds * 500),
}

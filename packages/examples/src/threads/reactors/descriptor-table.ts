const size = 2 ** 20

/**
 * Which thread owns which descriptor, in memory that all see: a thread that dies cannot close what it had open, and the main
 * thread then knows what to close. An entry goes before its descriptor does: a number that is free is nobody's, and the worst
 * that a death in between leaves behind is one descriptor too many, never somebody else's closed.
 */
export class DescriptorTable {
  readonly #owners: Uint16Array

  constructor(readonly memory = new SharedArrayBuffer(size * 2)) {
    this.#owners = new Uint16Array(memory)
  }

  /** @throws {RangeError} for a number beyond the table */
  claim(fd: number, thread: number): void {
    if (fd >= size) throw new RangeError(`descriptor ${fd} is beyond the table of ${size}`)
    Atomics.store(this.#owners, fd, thread + 1)
  }

  release(fd: number): void {
    Atomics.store(this.#owners, fd, 0)
  }

  /** Takes everything that a thread owned. */
  takeAll(thread: number): number[] {
    const taken: number[] = []
    const owners = this.#owners
    for (let fd = owners.indexOf(thread + 1); fd >= 0; fd = owners.indexOf(thread + 1, fd + 1)) {
      this.release(fd)
      taken.push(fd)
    }
    return taken
  }
}

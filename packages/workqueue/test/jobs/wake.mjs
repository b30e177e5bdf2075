// A host that does not sit on its event loop is rung through a word in shared memory.
export default (memory) => {
  const words = new Int32Array(memory)
  return () => {
    Atomics.add(words, 0, 1)
    Atomics.notify(words, 0)
  }
}

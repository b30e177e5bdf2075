// Fails from the ring on that `data` says.
export default (/** @type {number} */ first) => {
  let rings = 0
  return () => {
    if (++rings >= first) throw new Error('no ring')
  }
}

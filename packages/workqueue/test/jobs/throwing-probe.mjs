// A lane probe: the protocol's own step fails, not the job.
export default (point) => {
  if (point === 'claimed') throw new RangeError('a step has failed')
}

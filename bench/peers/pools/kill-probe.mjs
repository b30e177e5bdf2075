// Kills the thread at its second claim, before the job begins: between claim and publish.
let claims = 0
export default (point) => {
  if (point === 'claimed' && ++claims === 2) process.exit(1)
}

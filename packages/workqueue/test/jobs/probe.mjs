// A lane probe: kills the thread at the step that the environment names, when a job asks for it.
export default (point) => {
  if (process.env.KILL_AT === point && globalThis.armed-- === 1) process.exit(66)
}
globalThis.armed = Number(process.env.KILL_COUNT)

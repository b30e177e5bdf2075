/** Has the worker that gets this connection crash. No answer may come; resolves when the connection is gone. */
export async function crashWorker(run, questioner) {
  const { perThread, accepted } = await questioner.ask()
  const held = Math.max(...perThread.map(({ connections }) => connections))
  await new Promise((resolve) => {
    const socket = run.server.connect()
    socket.on('connect', () => {
      run.crash(held, accepted)
      socket.write('CRASH\n')
    })
    socket.on('data', (answer) => run.fault(`CRASH was answered: ${answer}`))
    socket.on('error', () => {})
    socket.on('close', () => {
      run.crashIsOver()
      resolve()
    })
  })
}

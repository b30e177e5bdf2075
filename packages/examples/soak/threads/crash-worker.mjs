import { createConnection } from 'node:net'

/** Has the worker that gets this connection crash. No answer may come; resolves when the connection is gone. */
export async function crashWorker(run, questioner) {
  const { perThread } = await questioner.ask()
  const held = Math.max(...perThread.map(({ connections }) => connections))
  await new Promise((resolve) => {
    const socket = createConnection({ port: run.port, host: '127.0.0.1' })
    socket.on('connect', () => {
      run.crash(held)
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

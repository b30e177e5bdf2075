import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const cwd = fileURLToPath(new URL('.', import.meta.url))
const text = `import('@rearm/workqueue').then(async ({ WorkQueue }) => {
  const queue = new WorkQueue(process.cwd() + '/jobs/basic.mjs', { threads: 1 })
  console.log('sum', await queue.run('add', { a: 1, b: 2 }))
  await queue.close()
}).catch((error) => console.log(error.cause ?? error)) && ''`

it.each([
  { args: ['--input-type=module', '-e', text] },
  { args: ['--expose-gc', '--input-type', 'module', '--eval', text] },
  { args: ['--input-type=commonjs', '-p', text] },
  { args: ['-e', text] },
  { args: ['--input-type=module', '-'], input: text },
  { args: ['-e', text], options: '--input-type=module' },
])(
  '[H48] a job module runs where the host’s own text is no file: %o',
  ({ args, input, options }) => {
    const env = options === undefined ? process.env : { ...process.env, NODE_OPTIONS: options }
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd,
      env,
      input,
      encoding: 'utf8',
    })
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: 'sum 3', stderr: '' })
  },
)

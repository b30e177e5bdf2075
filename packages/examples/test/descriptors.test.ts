import { expect, test } from 'vitest'
import { Program } from './program.js'

const programs: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['echo', ['--port', '0']],
  ['watch', ['--child', 'true']],
  ['threads', ['--port', '0', '--mode', 'lend']],
  ['threads', ['--port', '0', '--mode', 'handoff', '--threads', '4']],
  ['threads', ['--port', '0', '--mode', 'reuseport', '--threads', '1']],
]
// Below the first of these Node itself may not start.
const limits = [26, 40, 60, 70, 88, 112, 160, 200]

test.each(programs)(
  'with few descriptors it runs, or says what it needs: %s %s',
  async (name, args) => {
    let lastEnough = 0
    let ran = false
    for (const limit of limits) {
      const program = new Program(name, args, 'ignore', limit)
      await program.heard()
      if (program.lines.length > 0) {
        ran = true
        program.child.kill('SIGTERM')
        expect(await program.exit()).toBe(0)
        expect(program.stderr).toBe('')
        continue
      }
      expect(await program.exit()).toBe(1)
      const [, few, enough] =
        /^\w+: (\d+) descriptors are too few to start, it needs at least (\d+): .*\n$/.exec(
          program.stderr,
        ) ?? []
      expect(Number(few), program.stderr).toBe(limit)
      lastEnough = Number(enough)
      expect(ran).toBe(false)
    }
    const enough = new Program(name, args, 'ignore', lastEnough)
    await enough.heard()
    expect(enough.stderr).toBe('')
    enough.child.kill('SIGTERM')
    expect(await enough.exit()).toBe(0)
  },
)

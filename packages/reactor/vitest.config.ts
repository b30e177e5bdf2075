import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Tests share no descriptors: each file has a process of its own.
    pool: 'forks',
    // A test waits for its condition; this only ends one whose condition never comes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

import { defineConfig } from 'vitest/config'

// Every Node would read these certificates when it starts, which takes longer than all the rest of its start.
delete process.env.NODE_EXTRA_CA_CERTS

export default defineConfig({
  test: {
    include: [process.env.TEST_NC === '1' ? 'test/nc/*.test.ts' : 'test/*.test.ts'],
    pool: 'forks',
    // A test waits for its condition; this only ends one whose condition never comes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

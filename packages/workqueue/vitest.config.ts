import { defineConfig } from 'vitest/config'

// Every Node would read these certificates when it starts, which takes longer than all the rest of its start.
delete process.env.NODE_EXTRA_CA_CERTS

const models = 'test/{lane,ring}-model.test.ts'

export default defineConfig({
  test: {
    setupFiles: ['test/support/settled-once.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      // Arithmetic, which no other load can make wrong: one on each processor.
      {
        extends: true,
        test: { name: 'models', include: [models], maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'queue',
          include: ['test/**/*.test.ts'],
          exclude: [models],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

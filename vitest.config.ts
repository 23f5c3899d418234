import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,gates,e2e,browser}/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    // Packaging and a first JVM take seconds, many on a busy machine; tests that start the whole pipeline say their own, longer limit.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Every file in a fresh module graph takes three times as long. So a test must restore what it changes: mock a client's instance, not its class.
    isolate: false,
    // Vitest leaves a core alone, which on two cores is half of them.
    maxWorkers: '100%',
  },
})

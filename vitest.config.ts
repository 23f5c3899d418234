import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{unit,contract,e2e,browser}/**/*.test.ts'],
    // Packaging and a first JVM take seconds; tests that start the whole pipeline say their own, longer limit.
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})

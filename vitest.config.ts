import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Worker threads are terminated at the end of a file, which a running native job would have to survive; forks simply exit.
    pool: 'forks',
    maxWorkers: 2,
    // Threads share the smallest work too, so that what depends on them shows.
    env: { PLANESEARCH_ALONE: '0' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // `npm run coverage`. What runs in a child process (the command line, the examples) is not counted.
    coverage: {
      provider: 'v8',
      include: ['lib/**/*.ts'],
      reportsDirectory: 'build/coverage',
      reporter: ['text-summary', 'html', 'lcov'],
    },
    // `.ci/run` counts from the JSON file.
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'build/test-results.json' }]] : ['default'],
  },
});

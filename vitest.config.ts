/** How the tests run: real parts in the background, one database server for all. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Real servers start and stop in these; generous, since no test measures time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two workers on two cores: more only make each other slow.
    maxWorkers: 2,
    reporters: ['default', './test/support/plain-summary-reporter.ts'],
  },
});

import { defineConfig } from 'vitest/config';
import { Deadline } from './test/support/deadline.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/trees.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // The default leaves one processor free: on a machine of two that is half the time.
    maxWorkers: '100%',
    reporters: ['default', new Deadline()],
  },
});

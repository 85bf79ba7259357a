import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Guests that boot run in processes of their own, so a test file that waits for one leaves its worker idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Bounds for machines that do much else; what takes long by nature says so itself.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

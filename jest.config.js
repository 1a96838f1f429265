import { availableParallelism } from 'node:os';

// Stacks are validated by `npm run check`; the validator would add 1.5 s to every synth of a test.
process.env.CDK_VALIDATION = 'false';

export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.(t|m?j)s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
  // What hangs fails; what is slow because the machine is busy does not. In ms.
  testTimeout: 180_000,
  // Many tests wait more than they work: two at a time even where Jest's default, a core less than there are, is one.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // Held in .ci/run, which runs with --coverage.
  collectCoverageFrom: ['lib/pipeline/**/*.ts'],
  coverageThreshold: { global: { branches: 95 } },
};

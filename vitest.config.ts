/** The kinds of test: plain Node, what measures time and so runs alone, the engine on Dawn in Node, the built studio in a browser, and beside other tools in Python. */
import { defineConfig } from 'vitest/config';
import { dawnEnvironment } from './scripts/environment.mjs';

const ignored = ['**/node_modules/**', 'test/fixtures/**'];
const extended = './vite.config.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: extended,
        test: { name: 'node', include: ['test/**/*.test.ts'], exclude: [...ignored, 'test/**/*.gpu.test.ts', 'test/**/*.alone.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: extended,
        // What measures time: one file after the other, with no other test beside it.
        test: { name: 'alone', include: ['test/**/*.alone.test.ts'], exclude: ignored, fileParallelism: false },
      },
      {
        extends: extended,
        test: {
          name: 'gpu',
          include: ['test/**/*.gpu.test.ts'],
          exclude: ignored,
          // One process and one device for all files: opening Dawn and compiling pipelines is what costs.
          fileParallelism: false,
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // The forks pool starts its process with these, which is in time for the dynamic loader.
          env: await dawnEnvironment(),
        },
      },
      {
        extends: extended,
        // Against other tools, in Python: `npm run test:interop` only.
        test: { name: 'interop', include: ['test/interop/**/*.interop.ts'], fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000, env: await dawnEnvironment() },
      },
      {
        extends: extended,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          exclude: ignored,
          globalSetup: ['scripts/preview.mjs'],
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

/** The built studio and its server, for `npm start` and for the end-to-end tests: both see what a visitor sees. */
import { join } from 'node:path';
import { say, root } from './environment.mjs';
import { keptBuild } from './build.mjs';

const sources = ['index.html', 'src', 'shaders', 'kernels', 'public', 'vite.config.ts', 'package-lock.json'];
const configFile = join(root, 'vite.config.ts');

/** Builds the studio if its sources changed; returns the folder. */
export function buildStudio() {
  return keptBuild('studio', sources, async (outDir) => {
    say('Building the studio.');
    const { build } = await import('vite');
    await build({ root, configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  });
}

/** Serves the built studio on `port`, or on the next free one. `close()` stops it. */
export async function serveStudio({ port = 5173, open = false } = {}) {
  const outDir = await buildStudio();
  const { preview } = await import('vite');
  const server = await preview({ root, configFile, logLevel: 'error', build: { outDir }, preview: { port, open, host: '127.0.0.1' } });
  return { url: server.resolvedUrls.local[0], close: () => server.close() };
}

if (import.meta.filename === process.argv[1]) await buildStudio();

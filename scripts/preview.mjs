/** Global set-up of the end-to-end tests: serves the built studio and tells the tests where, with the browser to use. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBrowser, root } from './environment.mjs';
import { serveStudio } from './studio.mjs';

export async function setup() {
  const browser = await ensureBrowser();
  if (!browser) throw new Error('The end-to-end tests need a browser.');
  // Built apart: with Vitest's variables Vite and Svelte would make a development build.
  const { VITEST: _vitest, NODE_ENV: _mode, ...env } = process.env;
  const built = spawnSync(process.execPath, [join(root, 'scripts/studio.mjs')], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status !== 0) throw new Error('The studio could not be built.');
  const server = await serveStudio({ port: 4173 });
  process.env.CHROMIUM_PATH = browser;
  process.env.STUDIO_URL = server.url;
  return server.close;
}

/** Global set-up of the end-to-end tests: serves the built studio and tells the tests where, with the browser to use. */
import { ensureBrowser } from './environment.mjs';
import { serveStudio } from './studio.mjs';

export async function setup() {
  const browser = await ensureBrowser();
  if (!browser) throw new Error('The end-to-end tests need a browser.');
  const server = await serveStudio({ port: 4173 });
  process.env.CHROMIUM_PATH = browser;
  process.env.STUDIO_URL = server.url;
  return server.close;
}

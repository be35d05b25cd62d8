// @vitest-environment node
// The keeper of the page, where it really lives: IndexedDB and OPFS of a Chromium, from the page and from a worker.
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromiumFlags, findBrowser } from '../../scripts/environment.mjs';

let server: Server;
let browser: Browser;
let address: string;

beforeAll(async () => {
  const bundle = await build({
    configFile: false, logLevel: 'error', publicDir: false,
    build: {
      write: false, target: 'es2023', minify: false,
      rolldownOptions: { input: fileURLToPath(new URL('browserChecks.ts', import.meta.url)), output: { entryFileNames: 'checks.js' } },
    },
  });
  const [output] = [bundle].flat();
  if (!('output' in output)) throw new Error('the bundle is being watched');
  const code = output.output[0].code;
  server = createServer((request, response) => {
    const isCode = request.url === '/checks.js';
    response.setHeader('content-type', isCode ? 'text/javascript' : 'text/html');
    response.end(isCode ? code : '<!doctype html><title>checks</title><script type="module" src="/checks.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  address = `http://localhost:${typeof at === 'object' ? at?.port : ''}/`;
  browser = await chromium.launch({ executablePath: await findBrowser(), headless: false, args: chromiumFlags });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

it('passes every check in the page and in a worker', { timeout: 60_000 }, async () => {
  const page = await browser.newPage();
  await page.goto(address);
  const found = await page.waitForFunction(() => (globalThis as { results?: Record<string, string> }).results, undefined, { timeout: 50_000 });
  const results = (await found.jsonValue()) ?? {};
  expect(Object.keys(results).length).toBe(17);
  expect(results).toEqual(Object.fromEntries(Object.keys(results).map((name) => [name, 'passed'])));
});

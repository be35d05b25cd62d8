/** `npm start`: installs what is missing, builds the studio if it changed, and serves it. Options: --port N, --open, --dev. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, root, say } from './environment.mjs';
import { serveStudio } from './studio.mjs';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '5173' }, open: { type: 'boolean', default: false }, dev: { type: 'boolean', default: false } },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 1 || port > 65535) {
  say(`--port takes a number from 1 to 65535, not ${values.port}.`);
  process.exit(1);
}

ensureInstalled();
let url;
if (values.dev) {
  const { createServer } = await import('vite');
  const server = await createServer({ root, configFile: join(root, 'vite.config.ts'), server: { port, open: values.open, host: '127.0.0.1' } });
  await server.listen();
  url = server.resolvedUrls.local[0];
} else {
  url = (await serveStudio({ port, open: values.open })).url;
}
console.log(`\n  STAT Studio is ready: ${url}\n  Ctrl+C stops it.\n`);

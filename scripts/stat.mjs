/** `npm run -s stat -- <command>`: builds src/cli when its sources changed, and runs it in a Node that can find a GPU adapter. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { dawnEnvironment, ensureInstalled, root } from './environment.mjs';
import { keptBuild } from './build.mjs';

const sources = ['src', 'shaders', 'kernels', 'vite.config.ts', 'package-lock.json'];

ensureInstalled();
const folder = await keptBuild('cli', sources, async (outDir) => {
  const { build } = await import('vite');
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    publicDir: false,
    build: { ssr: 'src/cli/main.ts', outDir, emptyOutDir: true, minify: false, sourcemap: 'inline', target: 'node20' },
  });
});

// npm changes into the project's folder; paths on the command line are meant from where the person is.
const cwd = process.env.npm_lifecycle_event === 'stat' ? (process.env.INIT_CWD ?? process.cwd()) : process.cwd();
const child = spawn(process.execPath, ['--enable-source-maps', join(folder, 'main.js'), ...process.argv.slice(2)], {
  cwd,
  stdio: 'inherit',
  env: { ...process.env, ...(await dawnEnvironment()), STAT_ROOT: root },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));

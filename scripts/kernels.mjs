/** Compiles kernels/ to Wasm, and gives it to Vite as `$kernels/plain` and `$kernels/relaxed`: base64 text, kept while nothing changed. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptBuild } from './build.mjs';
import { root } from './environment.mjs';

const folder = join(root, 'kernels');
const builds = {
  plain: [],
  /** With fused multiply-add, for engines that have it. */
  relaxed: ['--enable', 'relaxed-simd'],
};

async function compile(name) {
  const { default: asc } = await import('assemblyscript/asc');
  let binary;
  const { error, stderr } = await asc.main([
    'index.ts', '-O3', '--noAssert', '--runtime', 'stub', '--exportTable', '--outFile', 'kernels.wasm', '--memoryBase', '1024',
    '--importMemory', '--sharedMemory', '--zeroFilledMemory', '--initialMemory', '2', '--maximumMemory', '65536',
    // Addresses are 32-bit numbers here, and vectors never leave the module.
    '--disableWarning', '201', '--disableWarning', '112', '--enable', 'threads', '--enable', 'simd', ...builds[name],
  ], {
    readFile: (path) => (readdirSync(folder).includes(path) ? readFileSync(join(folder, path), 'utf8') : null),
    writeFile: (_path, contents) => (binary = contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`kernels/ does not compile: ${error.message}\n${stderr}`);
  return Buffer.from(binary).toString('base64');
}

/** The kernels of one build as base64. */
export async function kernels(name) {
  const built = await keptBuild(`kernels-${name}`, ['kernels', 'scripts/kernels.mjs', 'package-lock.json'], async (outDir) => {
    const text = await compile(name);
    mkdirSync(outDir, { recursive: true });
    writeFileSync(join(outDir, 'kernels.base64'), text);
  });
  return readFileSync(join(built, 'kernels.base64'), 'utf8');
}

/** A Vite plugin. */
export function kernelsPlugin() {
  const prefix = '$kernels/';
  return {
    name: 'kernels',
    resolveId: (id) => (id.startsWith(prefix) && id.slice(prefix.length) in builds ? `\0${id}` : undefined),
    async load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      for (const file of readdirSync(folder)) this.addWatchFile(join(folder, file));
      return `export default ${JSON.stringify(await kernels(id.slice(prefix.length + 1)))};`;
    },
  };
}

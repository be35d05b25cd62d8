/** How the studio is built: one page, module workers, shaders as raw text, kernels compiled. */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { kernelsPlugin } from './scripts/kernels.mjs';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * They isolate the page, so that its threads may share memory. `credentialless` and not `require-corp`: with that, a page cannot tell a
 * teacher's server that is off from one that only keeps pages out.
 */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'credentialless' };

export default defineConfig({
  base: './',
  plugins: [svelte({ configFile: false }), kernelsPlugin()],
  resolve: { alias: { $src: here('src'), $shaders: here('shaders') } },
  worker: { format: 'es', plugins: () => [kernelsPlugin()] },
  build: { target: 'es2023', sourcemap: true, assetsInlineLimit: 0 },
  server: { port: 5173, headers },
  preview: { port: 5173, headers },
});

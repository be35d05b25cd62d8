/** How the studio is built: one page, module workers, shaders as raw text. */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: './',
  plugins: [svelte({ configFile: false })],
  resolve: { alias: { $src: here('src'), $shaders: here('shaders') } },
  worker: { format: 'es' },
  build: { target: 'es2023', sourcemap: true, assetsInlineLimit: 0 },
  server: { port: 5173 },
  preview: { port: 5173 },
});

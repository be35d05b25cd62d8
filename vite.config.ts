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

/** The weights of the sentence embeddings have no ending, and a name that ends in a dot is none on Windows. */
const assetFileNames = ({ names }: { names: string[] }) => `assets/[name]-[hash]${names.every((name) => /\.\w+$/.test(name)) ? '[extname]' : '.bin'}`;

export default defineConfig({
  base: './',
  plugins: [svelte({ configFile: false }), kernelsPlugin()],
  // The package of the sentence embeddings brings a TF.js that opens files of Node; in the page it uses the one there is.
  resolve: { alias: { $src: here('src'), $shaders: here('shaders'), '@energetic-ai/core': '@tensorflow/tfjs-core' } },
  worker: { format: 'es', plugins: () => [kernelsPlugin()], rolldownOptions: { output: { assetFileNames } } },
  build: { target: 'es2023', sourcemap: true, assetsInlineLimit: 0 },
  server: { port: 5173, headers },
  preview: { port: 5173, headers },
});

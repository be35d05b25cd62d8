/** A student's forward pass in symbols, whichever its family; training and generation differ only in how they attend. */
import type { Graph, Tensor } from '../gpu/graph';
import { ropeTables, type RopeScaling, type RopeTensors } from '../gpu/ops/rope';
import type { Pools } from '../gpu/program';
import { gemma3Forward } from './families/gemma3';
import { gpt2Forward } from './families/gpt2';
import { llamaForward } from './families/llama';
import { Pass, type Attend, type ForwardInputs, type PositionTables } from './pass';
import type { FamilyName, ModelConfig } from './types';

const families: Record<FamilyName, (pass: Pass) => Tensor> = {
  llama: llamaForward, mistral: llamaForward, qwen2: llamaForward, qwen3: llamaForward, gemma3: gemma3Forward, gpt2: gpt2Forward,
};

/** Hidden states after the last norm, [tokens, width]. */
export function modelForward(graph: Graph, config: ModelConfig, params: ReadonlyMap<string, Tensor>, inputs: ForwardInputs, attend: Attend): Tensor {
  return families[config.family](new Pass(graph, config, params, inputs, attend));
}

/** Makes the pool `tables` with the rotary tables the student needs for `context` positions, and `others` that belong to that pool. */
export function createTables(pools: Pools, graph: Graph, config: ModelConfig, context: number, others: Tensor[] = []): PositionTables {
  const { headSize, ropeBase, ropeScaling, localRopeBase } = config;
  const shape = [context, headSize / 2];
  const pair = (name: string): RopeTensors => ({
    cosines: graph.tensor(`${name} cosines`, shape, { pool: 'tables' }), sines: graph.tensor(`${name} sines`, shape, { pool: 'tables' }),
  });
  const tables: PositionTables = { rope: ropeBase ? pair('rope') : undefined, local: localRopeBase ? pair('local rope') : undefined };
  pools.create('tables', [...[tables.rope, tables.local].flatMap((each) => (each ? [each.cosines, each.sines] : [])), ...others]);
  const fill = (tensors: RopeTensors | undefined, base = 0, scaling?: RopeScaling) => {
    if (!tensors) return;
    const values = ropeTables(context, headSize, base, scaling);
    pools.write(tensors.cosines, values.cosines);
    pools.write(tensors.sines, values.sines);
  };
  fill(tables.rope, ropeBase, ropeScaling);
  fill(tables.local, localRopeBase);
  return tables;
}

/** The cases of the self-test: small graphs with seeded inputs, at sizes that meet every edge of every kernel. */
import { Random } from '../core/random';
import { backward } from './backward';
import { elements, Graph, wordsOf, type Limits, type Tensor } from './graph';
import { activate, type Activation } from './ops/activation';
import { attention, type AttentionOptions } from './ops/attention';
import { randomWords, type Packing } from './packing';
import { cachedAttention, NO_SLOT, sample } from './ops/cache';
import { crossEntropyHead } from './ops/crossEntropy';
import { embed, sortTokens } from './ops/embed';
import { layernorm } from './ops/layernorm';
import { linear } from './ops/linear';
import { MOMENT_BLOCK, MOMENT_WORDS } from './ops/adamw8';
import { emitDot, emitUpdate, HYPER } from './ops/optimiser';
import { rmsnorm } from './ops/rmsnorm';
import { rope, ropeTables } from './ops/rope';
import { emitSoftCap } from './ops/softCap';
import { splitThree } from './ops/split';

export interface BuiltCase {
  graph: Graph;
  values: Map<Tensor, Float32Array | Uint32Array>;
  outputs: Tensor[];
  /** Float inputs and parameters whose gradients are among the outputs, for finite differences: [tensor, its gradient]. */
  gradients: [Tensor, Tensor][];
  /** Forward nodes, which finite differences run again. */
  forwardNodes: number;
  /** The differentiated output and the seed of its gradient; for the loss head, the losses and their coefficients. */
  objective: [Tensor, Tensor];
}

/** A graph being filled with random inputs; `differentiate` adds the backward pass with a random incoming gradient. */
class Case {
  readonly graph: Graph;
  readonly values = new Map<Tensor, Float32Array | Uint32Array>();
  private readonly random: Random;

  constructor(name: string, limits?: Limits) {
    this.graph = new Graph(limits);
    this.random = new Random(7, name);
  }

  normals(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.random.normal());
  }

  input(name: string, shape: number[]): Tensor {
    const tensor = this.graph.tensor(name, shape, { pool: 'batch', needsGrad: true });
    this.values.set(tensor, this.normals(elements(tensor)));
    return tensor;
  }

  param(name: string, shape: number[]): Tensor {
    const tensor = this.graph.tensor(name, shape, { pool: 'params' });
    this.values.set(tensor, this.normals(elements(tensor)));
    return tensor;
  }

  packed(name: string, shape: number[], packing: Packing): Tensor {
    const tensor = this.graph.tensor(name, shape, { pool: 'frozen', packing });
    this.values.set(tensor, randomWords(wordsOf(tensor), packing, this.random));
    return tensor;
  }

  /** Rows that lie apart, where there is more than one part. */
  joined(parts: Tensor[]): Tensor {
    return parts.length === 1 ? parts[0] : this.graph.joined('joined', parts);
  }

  integers(name: string, values: ArrayLike<number>, shape = [values.length]): Tensor {
    const tensor = this.graph.tensor(name, shape, { pool: 'tables', type: 'u32' });
    this.values.set(tensor, Uint32Array.from(values));
    return tensor;
  }

  table(name: string, values: Float32Array, shape: number[]): Tensor {
    const tensor = this.graph.tensor(name, shape, { pool: 'tables' });
    this.values.set(tensor, values);
    return tensor;
  }

  below(limit: number, count: number): number[] {
    return Array.from({ length: count }, () => this.random.below(limit));
  }

  differentiate(output: Tensor): BuiltCase {
    const seed = this.graph.tensor('incoming', output.shape, { pool: 'state' });
    this.values.set(seed, this.normals(elements(seed)));
    return this.finish(output, seed, new Map([[output, seed]]));
  }

  /** Parameters' gradients start from random values, so that accumulation is tested too. */
  finish(output: Tensor, seed: Tensor, seeds: Map<Tensor, Tensor>, collected = new Map<Tensor, Tensor>()): BuiltCase {
    const { graph } = this;
    const forwardNodes = graph.nodes.length;
    backward(graph, seeds, (param) => {
      const known = collected.get(param) ?? this.gradientOf(param);
      collected.set(param, known);
      return known;
    });
    const gradients = [...collected];
    for (const tensor of graph.tensors.filter(({ pool }) => pool === 'batch')) {
      const gradient = graph.tensors.find(({ name }) => name === `d ${tensor.name}`);
      if (gradient) gradients.push([tensor, gradient]);
    }
    const outputs = [output, ...gradients.map(([, gradient]) => gradient)];
    return { graph, values: this.values, outputs, gradients, forwardNodes, objective: [output, seed] };
  }

  gradientOf(param: Tensor): Tensor {
    const gradient = this.graph.tensor(`d ${param.name}`, param.shape, { pool: 'grads' });
    this.values.set(gradient, this.normals(elements(gradient)));
    return gradient;
  }
}

/** Documents of the given lengths as (start, end) a token. */
export function spansOf(lengths: readonly number[]): number[] {
  let start = 0;
  return lengths.flatMap((length) => {
    const span = [start, start + length];
    start += length;
    return Array.from({ length }, () => span).flat();
  });
}

function linearCase(tokens: number, input: number, output: number, extras: { bias?: boolean; residual?: boolean } = {}): NamedCase {
  const name = `linear ${tokens}×${input}→${output}${extras.bias ? ' bias' : ''}${extras.residual ? ' residual' : ''}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const x = c.input('x', [tokens, input]);
      const bias = extras.bias ? c.param('bias', [output]) : undefined;
      const residual = extras.residual ? c.input('residual', [tokens, output]) : undefined;
      return c.differentiate(linear(c.graph, x, c.param('weight', [output, input]), { bias, residual }));
    },
  };
}

function partsCase(tokens: number, input: number, outputs: number[]): NamedCase {
  const name = `linear ${tokens}×${input}→${outputs.join(' + ')}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const weight = c.joined(outputs.map((rows, i) => c.param(`weight ${i}`, [rows, input])));
      return plain(c, [linear(c.graph, c.input('x', [tokens, input]), weight)]);
    },
  };
}

function packedCase(packing: Packing, tokens: number, input: number, output: number): NamedCase {
  const name = `${packing} weight, ${tokens}×${input}→${output}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const weight = c.packed('weight', [output, input], packing);
      return c.differentiate(linear(c.graph, c.input('x', [tokens, input]), weight, { residual: c.input('residual', [tokens, output]) }));
    },
  };
}

function packedEmbedCase(packing: Packing, parts: number[], width: number): NamedCase {
  const name = `${packing} table of ${parts.join(' + ')}×${width}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const table = c.joined(parts.map((rows, i) => c.packed(`table ${i}`, [rows, width], packing)));
      return plain(c, [embed(c.graph, table, c.integers('ids', c.below(table.shape[0], 19)), { scale: 1.5 })]);
    },
  };
}

function adapterCase(tokens: number, input: number, output: number, rank: number, rate: number): NamedCase {
  const name = `adapter of rank ${rank} on ${tokens}×${input}→${output}${rate > 0 ? `, dropout ${rate}` : ''}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const x = c.input('x', [tokens, input]);
      const weight = c.graph.tensor('weight', [output, input], { pool: 'frozen' });
      c.values.set(weight, c.normals(output * input));
      const dropout = rate > 0 ? { rate, seed: c.integers('seed', [20251122]), site: 3 } : undefined;
      c.graph.adapters.set(weight, { a: c.param('a', [rank, input]), b: c.param('b', [output, rank]), scale: 1.75, dropout });
      return c.differentiate(linear(c.graph, x, weight, { residual: c.input('residual', [tokens, output]) }));
    },
  };
}

function normCase(shape: number[], extras: { plusOne?: boolean; residual?: boolean } = {}): NamedCase {
  const name = `rmsnorm ${shape.join('×')}${told(extras)}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const x = c.input('x', shape);
      const residual = extras.residual ? c.input('residual', shape) : undefined;
      return c.differentiate(rmsnorm(c.graph, x, c.param('weight', shape.slice(-1)), 1e-5, { plusOne: extras.plusOne, residual }));
    },
  };
}

function layernormCase(rows: number, width: number): NamedCase {
  const name = `layernorm ${rows}×${width}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      return c.differentiate(layernorm(c.graph, c.input('x', [rows, width]), c.param('weight', [width]), c.param('bias', [width]), 1e-5));
    },
  };
}

function splitCase(tokens: number, heads: number, headSize: number): NamedCase {
  const name = `split of ${tokens} rows into three of ${heads} heads of ${headSize}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const [q, k, v] = splitThree(c.graph, c.input('x', [tokens, 3 * heads * headSize]), heads);
      return c.differentiate(attention(c.graph, q, k, v, c.integers('spans', spansOf([tokens]), [tokens, 2])));
    },
  };
}

function softCapCase(count: number): NamedCase {
  const name = `soft cap of ${count} logits`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const logits = c.graph.tensor('logits', [count], { pool: 'state' });
      c.values.set(logits, c.normals(count).map((value) => 40 * value));
      emitSoftCap(c.graph, logits, 30);
      return plain(c, [logits]);
    },
  };
}

function ropeCase(heads: number, kvHeads: number, headSize: number): NamedCase {
  const name = `rope ${heads}/${kvHeads} heads of ${headSize}, in attention`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const { cosines, sines } = ropeTables(40, headSize, 10000);
      const tables = { cosines: c.table('cos', cosines, [40, headSize / 2]), sines: c.table('sin', sines, [40, headSize / 2]) };
      const heading = (what: string, count: number) => c.input(what, [11, count, headSize]);
      const turned = rope(c.graph, heading('q', heads), heading('k', kvHeads), c.integers('positions', c.below(40, 11)), tables);
      const mixed = attention(c.graph, ...turned, heading('v', kvHeads), c.integers('spans', spansOf([7, 4]), [11, 2]));
      const built = c.differentiate(mixed);
      return { ...built, outputs: [...turned, ...built.outputs] };
    },
  };
}

/** What of a case is not as usual, for its name. */
function told(options: object): string {
  return Object.entries(options).map(([name, value]) => `, ${name} ${value}`).join('');
}

function attentionCase(lengths: number[], heads: number, kvHeads: number, headSize: number, options: AttentionOptions = {}): NamedCase {
  const name = `attention ${heads}/${kvHeads} heads of ${headSize}, documents of ${lengths.join(', ')}${told(options)}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const tokens = lengths.reduce((a, b) => a + b, 0);
      const q = c.input('q', [tokens, heads, headSize]);
      const k = c.input('k', [tokens, kvHeads, headSize]);
      const v = c.input('v', [tokens, kvHeads, headSize]);
      return c.differentiate(attention(c.graph, q, k, v, c.integers('spans', spansOf(lengths), [tokens, 2]), options));
    },
  };
}

function activationCase(kind: Activation, tokens: number, hidden: number, gated: boolean): NamedCase {
  const name = `${kind} ${tokens}×${hidden}${gated ? ' gated' : ''}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const x = c.input('x', [tokens, hidden]);
      return c.differentiate(activate(c.graph, kind, x, gated ? c.input('up', [tokens, hidden]) : undefined));
    },
  };
}

function embedCase(vocab: number | number[], width: number, tokens: number, added = false): NamedCase {
  const parts = [vocab].flat();
  const name = `embed ${parts.join(' + ')}×${width}, ${tokens} tokens${added ? ' residual' : ''}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const ids = Uint32Array.from(c.below(parts.reduce((a, b) => a + b), tokens));
      const order = new Uint32Array(tokens);
      const runs = new Uint32Array(3 * tokens);
      sortTokens(ids, order, runs);
      const table = c.joined(parts.map((rows, i) => c.param(`table ${i}`, [rows, width])));
      const tokenRuns = { order: c.integers('order', order), runs: c.integers('runs', runs, [tokens, 3]) };
      return c.differentiate(embed(c.graph, table, c.integers('ids', ids), {
        scale: 1.5, runs: tokenRuns, residual: added ? c.input('residual', [tokens, width]) : undefined,
      }));
    },
  };
}

/** @param rows of logits at once, where fewer than there would be. */
function crossEntropyCase(tokens: number, width: number, vocab: number | number[], cap = 0, rows?: number): NamedCase {
  const parts = [vocab].flat();
  const total = parts.reduce((a, b) => a + b);
  const name = `cross-entropy head, ${tokens} tokens of ${width}, vocabulary ${parts.join(' + ')}${told({ ...(cap && { cap }), ...(rows && { rows }) })}`;
  return {
    name,
    build: () => {
      // In parts, logits of more than 65 rows of the head do not fit either.
      const limit = parts.length > 1 ? 4 * tokens * 65 : Infinity;
      const c = new Case(name, { binding: limit, block: Infinity });
      const h = c.input('h', [tokens, width]);
      const heads = parts.map((rows, i) => c.param(`head ${i}`, [rows, width]));
      const gradients = heads.map((part) => c.gradientOf(part));
      const [head, dHead] = [c.joined(heads), c.joined(gradients)];
      // Some tokens do not count, some count negatively, as in GRPO.
      const coefficients = c.table('coefficients', Float32Array.from({ length: tokens }, (_, t) => (t % 3 === 1 ? 0 : (t % 5) - 1.5)), [tokens]);
      const { losses, dh } = crossEntropyHead(c.graph, h, head, c.integers('targets', c.below(total, tokens)), coefficients, { dHead }, cap, rows);
      if (!dh) throw new Error('the head gave no gradient');
      const built = c.finish(losses, coefficients, new Map(), new Map(heads.map((part, i) => [part, gradients[i]])));
      return { ...built, outputs: [...built.outputs, dh], gradients: [...built.gradients, [h, dh]] };
    },
  };
}

/** @param small the moments are kept in 8 bits; then two updates, of which the second reads what the first has kept. */
function updateCase(count: number, clip: number, small = false): NamedCase {
  const name = `adamw ${count} numbers${small ? ' in 8 bits' : ''}, clip ${clip}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const params = c.param('params', [count]);
      const grads = c.gradientOf(params);
      const positive = (pool: 'm' | 'v') => {
        const tensor = c.graph.tensor(pool, [count], { pool });
        c.values.set(tensor, Float32Array.from({ length: count }, (_, i) => 0.1 + (i % 7) / 10));
        return tensor;
      };
      const bytes = (pool: 'm' | 'v') => c.graph.tensor(pool, [(count / MOMENT_BLOCK) * MOMENT_WORDS], { pool, type: 'u32' });
      const [m, v] = small ? [bytes('m'), bytes('v')] : [positive('m'), positive('v')];
      const hyper = c.table('hyper', Float32Array.of(1e-2, 0.9, 0.98, 1e-8, 0.05, clip, 0.19, 0.0396, 3, 7), [HYPER]);
      const ring = c.graph.tensor('ring', [4, 2], { pool: 'metrics' });
      const loss = emitDot(c.graph, hyper, hyper, 'loss');
      emitUpdate(c.graph, { params: [params], grads: [grads], m: [m], v: [v], hyper, ring }, loss);
      if (small) emitUpdate(c.graph, { params: [params], grads: [grads], m: [m], v: [v], hyper, ring }, loss);
      return {
        graph: c.graph, values: c.values, outputs: small ? [params, ring] : [params, m, v, ring], gradients: [], forwardNodes: 0, objective: [params, params],
      };
    },
  };
}

/** Forward only: what a case gives where nothing is differentiated. */
function plain(c: Case, outputs: Tensor[]): BuiltCase {
  return { graph: c.graph, values: c.values, outputs, gradients: [], forwardNodes: c.graph.nodes.length, objective: [outputs[0], outputs[0]] };
}

function cacheCase(heads: number, kvHeads: number, headSize: number, options: AttentionOptions = {}): NamedCase {
  const name = `cached attention ${heads}/${kvHeads} heads of ${headSize}${told(options)}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const [tokens, context] = [7, 9];
      const cache = (what: string) => {
        const tensor = c.graph.tensor(what, [3, context, kvHeads * headSize], { pool: 'cache' });
        c.values.set(tensor, c.normals(elements(tensor)));
        return tensor;
      };
      const [keys, values] = [cache('keys'), cache('values')];
      const q = c.input('q', [tokens, heads, headSize]);
      const [k, v] = [c.input('k', [tokens, kvHeads, headSize]), c.input('v', [tokens, kvHeads, headSize])];
      // Two tokens of one slot, one each of the others, and padding.
      const slots = c.integers('slots', [2, 0, 2, NO_SLOT, 1, NO_SLOT, 0]);
      const positions = c.integers('positions', [3, 8, 4, 0, 0, 5, 7]);
      return plain(c, [cachedAttention(c.graph, q, k, v, { keys, values }, { slots, positions }, options), keys, values]);
    },
  };
}

function sampleCase(vocab: number): NamedCase {
  const name = `greedy choice of 5 slots, vocabulary ${vocab}`;
  return {
    name,
    build: () => {
      const c = new Case(name);
      const slots = 5;
      const logits = c.input('logits', [slots, vocab]);
      const state = (what: string, values: number[], shape?: number[]) => {
        const tensor = c.graph.tensor(what, shape ?? [values.length], { pool: 'state', type: 'u32' });
        c.values.set(tensor, Uint32Array.from(values));
        return tensor;
      };
      // Slot 1 has finished; slot 2 writes its last token; slot 3 meets a stop token.
      const row = (count: number) => [count, 0, 9, 9, 9, 9];
      const stop = c.values.get(logits)?.subarray(3 * vocab, 4 * vocab) as Float32Array;
      const stops = c.integers('stops', [stop.indexOf(stop.reduce((a, b) => Math.max(a, b)))]);
      const given = {
        requests: c.integers('requests', [0, 4, 1, 4, 2, 3, 3, 4, 4, 4], [slots, 2]),
        tokens: state('tokens', [1, 2, 3, 4, 5]), positions: state('positions', [5, 6, 7, 8, 9]),
        active: state('active', [0, NO_SLOT, 2, 3, 4]),
        written: state('written', [row(0), row(1), row(2), row(1), row(3)].flat(), [slots, 6]),
      };
      sample(c.graph, logits, stops, 1, given, { temperature: 0, topK: 0, topP: 1, seed: 0 });
      return plain(c, [given.tokens, given.positions, given.active, given.written]);
    },
  };
}

export interface NamedCase {
  name: string;
  build: () => BuiltCase;
}

export const selftestCases: readonly NamedCase[] = [
  linearCase(7, 10, 13), linearCase(3, 1, 5, { bias: true, residual: true }), linearCase(20, 24, 36, { bias: true }),
  linearCase(68, 64, 100, { residual: true }), linearCase(132, 28, 4), linearCase(8, 260, 52), linearCase(260, 40, 200, { bias: true, residual: true }),
  linearCase(96, 64, 128), linearCase(64, 96, 160, { residual: true }), linearCase(40, 48, 80, { bias: true }),
  packedCase('f16', 9, 10, 7), packedCase('f16', 68, 64, 36), packedCase('q8', 9, 32, 5), packedCase('q8', 70, 96, 68), packedCase('q4', 5, 64, 9),
  packedCase('q4', 40, 32, 132), packedEmbedCase('f16', [11], 6), packedEmbedCase('q8', [9, 5], 64), packedEmbedCase('q4', [23], 32), partsCase(5, 12, [64, 20]), adapterCase(9, 10, 7, 3, 0), adapterCase(36, 24, 40, 8, 0), adapterCase(20, 12, 16, 4, 0.3), adapterCase(5, 7, 3, 2, 0.5),
  normCase([5, 7]), normCase([4100, 5]), normCase([33, 96]), normCase([1, 260]), normCase([9, 3, 16]), normCase([6, 2, 5], { plusOne: true }),
  normCase([19, 40], { plusOne: true, residual: true }), layernormCase(5, 7), layernormCase(33, 96), splitCase(5, 2, 6), splitCase(4, 1, 8),
  ropeCase(2, 1, 6), ropeCase(3, 3, 8), ropeCase(4, 2, 24),
  attentionCase([5, 1, 9], 3, 3, 6), attentionCase([13, 4], 4, 2, 8), attentionCase([17, 30], 4, 1, 24),
  attentionCase([9, 14], 2, 1, 64), attentionCase([6, 5], 2, 2, 128), attentionCase([3, 5], 2, 1, 80), attentionCase([7], 2, 1, 100),
  attentionCase([3, 14], 4, 2, 256, { window: 6, cap: 3 }), attentionCase([13, 2, 9], 2, 1, 16, { window: 4 }), attentionCase([9, 8], 4, 2, 8, { cap: 1.5, scale: 0.8 }),
  attentionCase([11], 2, 2, 6, { window: 3, cap: 2 }), attentionCase([37, 3, 21], 6, 3, 32, { window: 30, cap: 4 }),
  activationCase('silu', 3, 7, true), activationCase('silu', 9, 64, true), activationCase('gelu', 3, 7, true), activationCase('gelu', 9, 64, false),
  embedCase(11, 6, 23), embedCase(40, 16, 70), embedCase(11, 6, 23, true), embedCase([32, 9], 6, 23, true), embedCase([16, 16, 8], 8, 40),
  crossEntropyCase(9, 10, 37), crossEntropyCase(150, 12, 68, 0, 64), crossEntropyCase(64, 8, 100), crossEntropyCase(9, 10, 37, 2), crossEntropyCase(64, 10, [128, 22]), crossEntropyCase(70, 8, [72, 128, 5], 2), softCapCase(300),
  updateCase(37, 0), updateCase(1000, 1), updateCase(64 * 67, 1, true),
  cacheCase(3, 3, 6), cacheCase(4, 2, 24), cacheCase(2, 1, 16, { window: 3, cap: 2, scale: 0.5 }), sampleCase(37), sampleCase(300),
];

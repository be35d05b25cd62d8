/** Generation's ops: keys and values kept between tokens, attention over them, and sampling on the GPU. No gradients. */
import attentionShader from '$shaders/cache_attention.wgsl?raw';
import sampleShader from '$shaders/sample.wgsl?raw';
import writeShader from '$shaders/cache_write.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Op, type Tensor } from '../graph';
import { attentionAttributes, cappedScore, isWide, type AttentionOptions } from './attention';
import { vectorsFor } from './vectors';

/** Slot number of a padding token or a finished answer. */
export const NO_SLOT = 0xffffffff;

export interface CacheTensors {
  /** [slots, context, kvHeads · headSize] */
  keys: Tensor;
  values: Tensor;
}

export interface TokenPlaces {
  /** [tokens] u32: the token's slot, or NO_SLOT. */
  slots: Tensor;
  /** [tokens] u32 */
  positions: Tensor;
}

const cacheWrite: Op = {
  name: 'cacheWrite',
  dispatch({ inputs: [k, v, slots, positions], outputs: [keys, values] }) {
    const wide = elements(k) / k.shape[0];
    const { size, settings } = vectorsFor(wide);
    const width = wide / size;
    return {
      shader: writeShader, settings, uniforms: [k.shape[0], width, keys.shape[1]], groups: grid(ceilDiv(k.shape[0] * width, 64)),
      bindings: [
        { binding: 1, tensor: k }, { binding: 2, tensor: v }, { binding: 3, tensor: slots }, { binding: 4, tensor: positions },
        { binding: 5, tensor: keys, write: true }, { binding: 6, tensor: values, write: true },
      ],
    };
  },
  kernels({ inputs: [k, v, slots, positions], outputs: [keys, values] }) {
    const tokens = k.shape[0];
    return { calls: [{ kernel: 'cacheWrite', args: [k, v, slots, positions, keys, values, elements(k) / tokens, keys.shape[1]], units: tokens }] };
  },
  reference([k, v, slots, positions], [keys, values], { inputs, outputs }) {
    const tokens = inputs[0].shape[0];
    const width = k.length / tokens;
    for (let t = 0; t < tokens; t++) {
      if (slots[t] === NO_SLOT) continue;
      const at = (slots[t] * outputs[0].shape[1] + positions[t]) * width;
      keys.set(k.subarray(t * width, (t + 1) * width), at);
      values.set(v.subarray(t * width, (t + 1) * width), at);
    }
  },
};

const cacheAttention: Op = {
  name: 'cacheAttention',
  dispatch({ inputs: [q, keys, values, slots, positions], outputs: [out], attributes }, target) {
    const [tokens, heads, headSize] = q.shape;
    const { size, settings } = vectorsFor(headSize);
    const { kvHeads, window, scale, cap } = attributes as Record<string, number>;
    return {
      shader: attentionShader, settings: { ...settings, HEAD: headSize / size, CAPPED: cap > 0, WIDE: isWide(headSize, target) },
      uniforms: [tokens, heads, kvHeads, keys.shape[1], window, { f32: scale }, { f32: cap }],
      groups: grid(ceilDiv(tokens * heads, 16)),
      bindings: [
        { binding: 1, tensor: q }, { binding: 2, tensor: keys }, { binding: 3, tensor: values }, { binding: 4, tensor: slots },
        { binding: 5, tensor: positions }, { binding: 6, tensor: out, write: true },
      ],
    };
  },
  kernels({ inputs: [q, keys, values, slots, positions], outputs: [out], attributes }) {
    const [tokens, heads, headSize] = q.shape;
    const context = keys.shape[1];
    const { kvHeads, window, scale, cap } = attributes as Record<string, number>;
    const args = [q, keys, values, slots, positions, out, heads, kvHeads, headSize, context, window, { f32: scale }, { f32: cap }];
    return { calls: [{ kernel: 'cacheAttention', args, units: tokens }], own: context };
  },
  reference([q, keys, values, slots, positions], [out], { inputs, attributes }) {
    const [tokens, heads, headSize] = inputs[0].shape;
    const { kvHeads, window, scale, cap } = attributes as Record<string, number>;
    const context = inputs[1].shape[1];
    for (let row = 0; row < tokens * heads; row++) {
      const token = Math.floor(row / heads);
      const kvHead = Math.floor(((row % heads) * kvHeads) / heads);
      const line = out.subarray(row * headSize, (row + 1) * headSize).fill(0);
      if (slots[token] === NO_SLOT) continue;
      const count = Math.min(window, positions[token] + 1);
      const at = (i: number) => ((slots[token] * context + positions[token] + 1 - count + i) * kvHeads + kvHead) * headSize;
      const scores = Array.from({ length: count }, (_, i) => {
        let sum = 0;
        for (let d = 0; d < headSize; d++) sum += q[row * headSize + d] * keys[at(i) + d];
        return cappedScore(sum * scale, cap).score;
      });
      const high = Math.max(...scores);
      const mass = scores.reduce((sum, score) => sum + Math.exp(score - high), 0);
      scores.forEach((score, i) => {
        for (let d = 0; d < headSize; d++) line[d] += (Math.exp(score - high) / mass) * values[at(i) + d];
      });
    }
  },
};

/** Attention of new tokens over their slots' caches, after their own keys and values have gone in. */
export function cachedAttention(graph: Graph, q: Tensor, k: Tensor, v: Tensor, cache: CacheTensors, places: TokenPlaces, options: AttentionOptions = {}): Tensor {
  graph.add(cacheWrite, [k, v, places.slots, places.positions], [cache.keys, cache.values], { inPlace: true });
  const out = graph.tensor('cached attention', q.shape);
  graph.add(cacheAttention, [q, cache.keys, cache.values, places.slots, places.positions], [out], {
    kvHeads: k.shape[1], ...attentionAttributes(options, q.shape[2]),
  });
  return out;
}

/** What moves on with every token, one entry a slot. */
export interface SlotState {
  tokens: Tensor;
  positions: Tensor;
  active: Tensor;
  /** [slots, 2]: request number (names the noise), most tokens. */
  requests: Tensor;
  /** [slots, limit + 2]: count, finished (1 stop token, 2 limit), ids. */
  written: Tensor;
}

export interface SampleOptions {
  temperature: number;
  topK: number;
  topP: number;
  seed: number;
}

const sampleOp: Op = {
  name: 'sample',
  dispatch({ inputs: [logits, stops, requests], outputs: [tokens, positions, active, written], attributes }, target) {
    const [slots, vocab] = logits.shape;
    const { temperature, topK, topP, seed, stopCount } = attributes as Record<string, number>;
    return {
      shader: sampleShader, settings: { LANES: target.lanes, TREE: true },
      uniforms: [slots, vocab, written.shape[1] - 2, stopCount, topK, seed >>> 0, { f32: temperature }, { f32: topP }], groups: [slots],
      bindings: [
        { binding: 1, tensor: logits }, { binding: 2, tensor: stops }, { binding: 3, tensor: requests },
        { binding: 4, tensor: tokens, write: true }, { binding: 5, tensor: positions, write: true },
        { binding: 6, tensor: active, write: true }, { binding: 7, tensor: written, write: true },
      ],
    };
  },
  kernels({ inputs: [logits, stops, requests], outputs: [tokens, positions, active, written], attributes }) {
    const [slots, vocab] = logits.shape;
    const { temperature, topK, topP, seed, stopCount } = attributes as Record<string, number>;
    const args = [
      logits, stops, requests, tokens, positions, active, written, vocab, written.shape[1] - 2, stopCount, topK, seed >>> 0,
      { f32: temperature }, { f32: topP },
    ];
    return { calls: [{ kernel: 'sample', args, units: slots }], own: vocab };
  },
  /** Greedy only: the noise is 32-bit integer arithmetic, which the tests check by its statistics. */
  reference([logits, stops, requests], [tokens, positions, active, written], { inputs, outputs, attributes }) {
    const [slots, vocab] = inputs[0].shape;
    const width = outputs[3].shape[1];
    for (let slot = 0; slot < slots; slot++) {
      if (active[slot] === NO_SLOT) continue;
      const line = logits.subarray(slot * vocab, (slot + 1) * vocab);
      const choice = line.indexOf(line.reduce((a, b) => Math.max(a, b)));
      const row = written.subarray(slot * width, (slot + 1) * width);
      if (stops.subarray(0, attributes.stopCount as number).includes(choice)) {
        row[1] = 1;
        active[slot] = NO_SLOT;
        continue;
      }
      row[2 + row[0]] = choice;
      row[0]++;
      tokens[slot] = choice;
      positions[slot]++;
      if (row[0] >= requests[2 * slot + 1]) {
        row[1] = 2;
        active[slot] = NO_SLOT;
      }
    }
  },
};

/** @param logits [slots, vocab]; @param stops [≥ 1] u32, of which `stopCount` count. */
export function sample(graph: Graph, logits: Tensor, stops: Tensor, stopCount: number, state: SlotState, options: SampleOptions): void {
  const { tokens, positions, active, requests, written } = state;
  graph.add(sampleOp, [logits, stops, requests], [tokens, positions, active, written], { ...options, stopCount, inPlace: true });
}

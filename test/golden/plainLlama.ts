/**
 * A Llama-style forward pass in plain float64 loops, as slow and as literal as can be: the second opinion behind the golden file.
 * Names are Hugging Face's, linear weights are [out, in], rope turns the two halves of a head (`rotate_half`).
 */

export interface PlainConfig {
  vocab: number;
  width: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  hidden: number;
  normEps: number;
  ropeBase: number;
}

/** Documents laid end to end: `segments` tells them apart, `positions` restart in each, `coef` is 0 where there is no target. */
export interface PlainBatch {
  ids: number[];
  segments: number[];
  positions: number[];
  targets: number[];
  coef: number[];
}

export type PlainParams = Record<string, ArrayLike<number>>;

const linear = (x: number[][], weight: ArrayLike<number>, outs: number) =>
  x.map((row) => Array.from({ length: outs }, (_, o) => row.reduce((sum, value, i) => sum + value * weight[o * row.length + i], 0)));

function rmsnorm(x: number[][], weight: ArrayLike<number>, eps: number): number[][] {
  return x.map((row) => {
    const scale = 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / row.length + eps);
    return row.map((value, i) => value * scale * weight[i]);
  });
}

function rope(x: number[][], positions: number[], { headSize, ropeBase }: PlainConfig): number[][] {
  const half = headSize / 2;
  return x.map((row, t) => row.map((value, i) => {
    const at = i % headSize;
    const angle = positions[t] * ropeBase ** (-2 * (at % half) / headSize);
    const other = at < half ? -row[i + half] : row[i - half];
    return value * Math.cos(angle) + other * Math.sin(angle);
  }));
}

function attention(q: number[][], k: number[][], v: number[][], segments: number[], config: PlainConfig): number[][] {
  const { heads, kvHeads, headSize } = config;
  const out = q.map(() => new Array<number>(heads * headSize).fill(0));
  for (let t = 0; t < q.length; t++) {
    for (let h = 0; h < heads; h++) {
      const kv = Math.floor(h / (heads / kvHeads)) * headSize;
      const seen = [...Array(t + 1).keys()].filter((s) => segments[s] === segments[t]);
      const scores = seen.map((s) => {
        let dot = 0;
        for (let i = 0; i < headSize; i++) dot += q[t][h * headSize + i] * k[s][kv + i];
        return dot / Math.sqrt(headSize);
      });
      const top = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - top));
      const total = powers.reduce((a, b) => a + b, 0);
      seen.forEach((s, n) => {
        for (let i = 0; i < headSize; i++) out[t][h * headSize + i] += (powers[n] / total) * v[s][kv + i];
      });
    }
  }
  return out;
}

/** [tokens][vocab]. A model without `lm_head.weight` ties its head to the embedding. */
export function plainLogits(config: PlainConfig, params: PlainParams, batch: Pick<PlainBatch, 'ids' | 'segments' | 'positions'>): number[][] {
  const { vocab, width, layers, heads, kvHeads, headSize, hidden, normEps } = config;
  const embedding = params['model.embed_tokens.weight'];
  const add = (a: number[][], b: number[][]) => a.map((row, t) => row.map((value, i) => value + b[t][i]));
  let x = batch.ids.map((id) => Array.from({ length: width }, (_, i) => embedding[id * width + i]));
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string) => params[`model.layers.${layer}.${name}.weight`];
    const h = rmsnorm(x, of('input_layernorm'), normEps);
    const q = rope(linear(h, of('self_attn.q_proj'), heads * headSize), batch.positions, config);
    const k = rope(linear(h, of('self_attn.k_proj'), kvHeads * headSize), batch.positions, config);
    const v = linear(h, of('self_attn.v_proj'), kvHeads * headSize);
    x = add(x, linear(attention(q, k, v, batch.segments, config), of('self_attn.o_proj'), width));
    const m = rmsnorm(x, of('post_attention_layernorm'), normEps);
    const gate = linear(m, of('mlp.gate_proj'), hidden);
    const up = linear(m, of('mlp.up_proj'), hidden);
    const act = gate.map((row, t) => row.map((g, i) => (g / (1 + Math.exp(-g))) * up[t][i]));
    x = add(x, linear(act, of('mlp.down_proj'), width));
  }
  return linear(rmsnorm(x, params['model.norm.weight'], normEps), params['lm_head.weight'] ?? embedding, vocab);
}

/** Σ_t coef_t · CE_t in nats, for the given parameters. */
export function plainLoss(config: PlainConfig, params: PlainParams, batch: PlainBatch): number {
  return plainLogits(config, params, batch).reduce((sum, row, t) => sum - (batch.coef[t] === 0 ? 0 : batch.coef[t] * logSoftmax(row)[batch.targets[t]]), 0);
}

/** ln p of each token of the vocabulary. */
export function logSoftmax(row: readonly number[]): number[] {
  const top = Math.max(...row);
  const lse = top + Math.log(row.reduce((total, logit) => total + Math.exp(logit - top), 0));
  return row.map((logit) => logit - lse);
}

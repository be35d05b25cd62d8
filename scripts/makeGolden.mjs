/**
 * Writes test/golden/llama.json: a small Llama-style model with its loss, the gradient of every parameter and ten AdamW steps,
 * by jax-js in float64 on the CPU, an engine that shares nothing with ours. `node scripts/makeGolden.mjs`.
 * Each gradient is checked here by finite differences of a second, literal forward pass (test/golden/plainLlama.ts).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { ensureInstalled, root } from './environment.mjs';

ensureInstalled();
globalThis.Float16Array ??= class Float16Array extends Uint16Array {}; // jax-js names it; Node 20 has none
const jax = await import('@jax-js/jax');
const load = async (path) => (await runnerImport(join(root, path), { configFile: false, logLevel: 'error' })).module;
const { Random } = await load('src/core/random.ts');
const { plainLoss } = await load('test/golden/plainLlama.ts');

await jax.init('cpu');
jax.defaultDevice('cpu');
const np = jax.numpy;
const array = (data, shape) => np.array(Float64Array.from(data), { dtype: np.float64 }).reshape(shape);

const config = { vocab: 37, width: 16, layers: 2, heads: 4, kvHeads: 2, headSize: 4, hidden: 24, normEps: 1e-5, ropeBase: 10000 };
const optimiser = { learningRate: 0.01, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.05, clip: 1, steps: 10 };
const lengths = [5, 7, 4];
const seed = 20251123;

function makeBatch() {
  const random = new Random(seed, 'batch');
  const ids = lengths.flatMap((length) => Array.from({ length }, () => random.below(config.vocab)));
  const segments = lengths.flatMap((length, n) => Array(length).fill(n));
  const positions = lengths.flatMap((length) => [...Array(length).keys()]);
  const last = (t) => segments[t] !== segments[t + 1];
  const targets = ids.map((_, t) => (last(t) ? 0 : ids[t + 1]));
  const coef = ids.map((_, t) => (last(t) ? 0 : Math.fround(0.02 + 0.16 * random.float())));
  return { ids, segments, positions, targets, coef };
}

function makeParams() {
  const { vocab, width, layers, heads, kvHeads, headSize, hidden } = config;
  const shapes = { 'model.embed_tokens.weight': [vocab, width] };
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}.`;
    Object.assign(shapes, {
      [`${at}input_layernorm.weight`]: [width],
      [`${at}self_attn.q_proj.weight`]: [heads * headSize, width],
      [`${at}self_attn.k_proj.weight`]: [kvHeads * headSize, width],
      [`${at}self_attn.v_proj.weight`]: [kvHeads * headSize, width],
      [`${at}self_attn.o_proj.weight`]: [width, heads * headSize],
      [`${at}post_attention_layernorm.weight`]: [width],
      [`${at}mlp.gate_proj.weight`]: [hidden, width],
      [`${at}mlp.up_proj.weight`]: [hidden, width],
      [`${at}mlp.down_proj.weight`]: [width, hidden],
    });
  }
  Object.assign(shapes, { 'model.norm.weight': [width], 'lm_head.weight': [vocab, width] });
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => {
    const random = new Random(seed, name);
    const size = shape.reduce((a, b) => a * b);
    const data = Array.from({ length: size }, () => Math.fround(shape.length === 1 ? 1 + 0.2 * random.normal() : 0.3 * random.normal()));
    return [name, { shape, data }];
  }));
}

/** @param objective from the tokens' cross-entropies [tokens] to the loss. The same forward pass in jax-js: params are a flat object of arrays; constants are made anew each call, for jax-js takes its arguments. */
function makeLoss(batch, objective) {
  const { vocab, width, layers, heads, kvHeads, headSize, normEps, ropeBase } = config;
  const tokens = batch.ids.length;
  const half = headSize / 2;
  const oneHot = (ids) => array(ids.flatMap((id) => Array.from({ length: vocab }, (_, v) => (v === id ? 1 : 0))), [tokens, vocab]);
  const angles = (turn) => array(
    batch.positions.flatMap((p) => Array.from({ length: headSize }, (_, i) => turn(p * ropeBase ** (-2 * (i % half) / headSize)))),
    [tokens, 1, headSize],
  );
  const swap = () => array(
    Array.from({ length: headSize * headSize }, (_, n) => {
      const [from, to] = [Math.floor(n / headSize), n % headSize];
      return from === to + half ? -1 : to === from + half ? 1 : 0;
    }),
    [headSize, headSize],
  );
  const hidden = () => array(
    batch.segments.flatMap((mine, t) => batch.segments.map((theirs, s) => (s <= t && mine === theirs ? 0 : -1e9))),
    [1, tokens, tokens],
  );
  const linear = (x, weight) => np.matmul(x, np.transpose(weight));
  const rmsnorm = (x, weight) => {
    const scale = np.sqrt(np.mean(np.square(x.ref), -1, { keepdims: true }).add(normEps));
    return np.divide(x, scale).mul(weight);
  };
  const rope = (x) => x.ref.mul(angles(Math.cos)).add(np.matmul(x, swap()).mul(angles(Math.sin)));
  const spread = (x) => np.broadcastTo(x.reshape([tokens, kvHeads, 1, headSize]), [tokens, kvHeads, heads / kvHeads, headSize])
    .reshape([tokens, heads, headSize]);
  return (params) => {
    const tied = !params['lm_head.weight'];
    const embedding = params['model.embed_tokens.weight'];
    const head = tied ? embedding.ref : params['lm_head.weight'];
    let x = np.matmul(oneHot(batch.ids), embedding);
    for (let layer = 0; layer < layers; layer++) {
      const of = (name) => params[`model.layers.${layer}.${name}.weight`];
      const h = rmsnorm(x.ref, of('input_layernorm'));
      const q = rope(linear(h.ref, of('self_attn.q_proj')).reshape([tokens, heads, headSize]));
      const k = spread(rope(linear(h.ref, of('self_attn.k_proj')).reshape([tokens, kvHeads, headSize])));
      const v = spread(linear(h, of('self_attn.v_proj')).reshape([tokens, kvHeads, headSize]));
      const scores = np.matmul(np.transpose(q, [1, 0, 2]), np.transpose(k, [1, 2, 0])).mul(1 / Math.sqrt(headSize)).add(hidden());
      const mixed = np.matmul(jax.nn.softmax(scores, -1), np.transpose(v, [1, 0, 2]));
      x = x.add(linear(np.transpose(mixed, [1, 0, 2]).reshape([tokens, heads * headSize]), of('self_attn.o_proj')));
      const m = rmsnorm(x.ref, of('post_attention_layernorm'));
      const gate = linear(m.ref, of('mlp.gate_proj'));
      const act = gate.ref.mul(jax.nn.sigmoid(gate)).mul(linear(m, of('mlp.up_proj')));
      x = x.add(linear(act, of('mlp.down_proj')));
    }
    const logits = linear(rmsnorm(x, params['model.norm.weight']).reshape([tokens, width]), head);
    const ce = np.sum(jax.nn.logSoftmax(logits, -1).mul(oneHot(batch.targets)), -1).mul(-1);
    return objective(ce, tokens);
  };
}

/** Loss and gradients at `values` (name → number[]). */
async function lossAndGradients(loss, shapes, values) {
  const arrays = Object.fromEntries(Object.entries(values).map(([name, data]) => [name, array(data, shapes[name].shape)]));
  const [value, gradients] = jax.valueAndGrad(loss)(arrays);
  const read = Object.entries(gradients).map(async ([name, gradient]) => [name, Array.from(await gradient.data())]);
  return { loss: (await value.data())[0], gradients: Object.fromEntries(await Promise.all(read)) };
}

/** Largest difference of `gradients` from central differences of the plain model, relative to each tensor's largest gradient. */
function finiteDifferenceError(values, gradients, batch) {
  const step = 1e-5;
  let worst = 0;
  for (const [name, data] of Object.entries(values)) {
    const random = new Random(seed, 'differences', name);
    const scale = Math.max(...gradients[name].map(Math.abs));
    for (let n = 0; n < 12; n++) {
      const at = random.below(data.length);
      const moved = (by) => plainLoss(config, { ...values, [name]: data.with(at, data[at] + by) }, batch);
      worst = Math.max(worst, Math.abs((moved(step) - moved(-step)) / (2 * step) - gradients[name][at]) / scale);
    }
  }
  return worst;
}

/** Ten AdamW steps in float64: losses before each update and the gradient norms before clipping. */
async function train(loss, shapes, start) {
  const { learningRate, beta1, beta2, epsilon, weightDecay, clip, steps } = optimiser;
  const values = Object.fromEntries(Object.entries(start).map(([name, data]) => [name, [...data]]));
  const zeros = () => Object.fromEntries(Object.entries(values).map(([name, data]) => [name, data.map(() => 0)]));
  const [m, v] = [zeros(), zeros()];
  const [losses, gradNorms] = [[], []];
  for (let t = 1; t <= steps; t++) {
    const at = await lossAndGradients(loss, shapes, values);
    const norm = Math.sqrt(Object.values(at.gradients).flat().reduce((sum, g) => sum + g * g, 0));
    losses.push(at.loss);
    gradNorms.push(norm);
    const scale = Math.min(1, clip / (norm + 1e-6));
    for (const [name, data] of Object.entries(values)) {
      for (let i = 0; i < data.length; i++) {
        const g = at.gradients[name][i] * scale;
        m[name][i] = beta1 * m[name][i] + (1 - beta1) * g;
        v[name][i] = beta2 * v[name][i] + (1 - beta2) * g * g;
        const step = m[name][i] / (1 - beta1 ** t) / (Math.sqrt(v[name][i] / (1 - beta2 ** t)) + epsilon);
        data[i] -= learningRate * (step + weightDecay * data[i]);
      }
    }
  }
  return { losses, gradNorms };
}

/** The shortest decimal that reads back as the same float32. */
function float32(value) {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return Number(value.toPrecision(9));
}

const batch = makeBatch();
const params = makeParams();
const loss = makeLoss(batch, (ce, tokens) => np.sum(ce.mul(array(batch.coef, [tokens]))));
const tiedValues = Object.fromEntries(Object.entries(params).filter(([name]) => name !== 'lm_head.weight').map(([name, { data }]) => [name, data]));

/** GRPO's loss with its clipped ratio and its KL term, Shao et al. 2024 eq. 3: coef holds each token's share of the mean. */
async function policy() {
  const [clipLow, clipHigh, kl] = [0.2, 0.25, 0.1];
  const random = new Random(seed, 'policy');
  const counts = batch.coef.map((coef) => (coef === 0 ? 0 : 1));
  const now = counts.map((_, t) => -plainLoss(config, tiedValues, { ...batch, coef: counts.map((count, s) => (s === t ? count : 0)) }));
  const old = now.map((value, t) => counts[t] * Math.fround(value + 0.4 * random.normal()));
  const reference = now.map((value, t) => counts[t] * Math.fround(value + 0.5 * random.normal()));
  const advantages = counts.map(() => Math.fround(random.normal()));
  const objective = (ce, tokens) => {
    const given = (values) => array(values, [tokens]);
    const logp = ce.mul(-1);
    const ratio = np.exp(logp.ref.sub(given(old)));
    const bounded = np.clip(ratio.ref, 1 - clipLow, 1 + clipHigh);
    const surrogate = np.minimum(ratio.mul(given(advantages)), bounded.mul(given(advantages)));
    const d = given(reference).sub(logp);
    const k3 = np.exp(d.ref).sub(d).sub(1);
    return np.sum(k3.mul(kl).sub(surrogate).mul(given(batch.coef)));
  };
  const at = await lossAndGradients(makeLoss(batch, objective), params, tiedValues);
  const gradients = Object.fromEntries(Object.entries(at.gradients).map(([name, data]) => [name, data.map(float32)]));
  return { clipLow, clipHigh, kl, old, reference, advantages, loss: at.loss, gradients };
}

async function variant(tied) {
  const values = Object.fromEntries(Object.entries(params).filter(([name]) => !tied || name !== 'lm_head.weight').map(([name, { data }]) => [name, data]));
  const at = await lossAndGradients(loss, params, values);
  const forward = Math.abs(at.loss - plainLoss(config, values, batch)) / at.loss;
  const backward = finiteDifferenceError(values, at.gradients, batch);
  console.log(`${tied ? 'tied' : 'untied'}: loss ${at.loss.toFixed(6)}, from the plain model ${forward.toExponential(1)}, gradients from finite differences ${backward.toExponential(1)}`);
  if (!(forward < 1e-10) || !(backward < 1e-6)) throw new Error('jax-js and the plain model disagree: nothing written.');
  const gradients = Object.fromEntries(Object.entries(at.gradients).map(([name, data]) => [name, data.map(float32)]));
  return { loss: at.loss, gradients, ...(await train(loss, params, values)) };
}

const golden = {
  command: 'node scripts/makeGolden.mjs',
  about: 'Loss = sum over t of coef_t * CE_t; losses[i] is before update i+1; gradNorms are before clipping. float64 by @jax-js/jax 0.1.25 on its cpu backend, rounded to float32 where a tensor.',
  config,
  optimiser,
  batch,
  params: Object.fromEntries(Object.entries(params).map(([name, { shape, data }]) => [name, { shape, data: data.map(float32) }])),
  untied: await variant(false),
  tied: await variant(true),
  policy: await policy(),
};
const path = join(root, 'test/golden/llama.json');
writeFileSync(path, `${JSON.stringify(golden)}\n`);
console.log(`wrote ${path}: ${Object.keys(params).length} parameters`);
process.exit(0);

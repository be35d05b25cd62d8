/** The bench's training step in jax-js, on WebGPU or in Wasm: loss, gradients and AdamW in one jit. */
import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad, type Array as JaxArray } from '@jax-js/jax';
import { batch, initialParams, optimiser, ropeTables, shape, tokensPerStep, type Contestant } from '../problem';

type Tree = Record<string, JaxArray>;

const { vocab, width, layers, heads, headSize, context, normEps } = shape;
const rows = shape.batch;

/** One-hot rows: the gradient of a gather does not compile under jit, so the embedding is a product. */
function oneHot(ids: Int32Array): JaxArray {
  const data = new Float32Array(ids.length * vocab);
  ids.forEach((id, t) => (data[t * vocab + id] = 1));
  return np.array(data).reshape([ids.length, vocab]);
}

const linear = (x: JaxArray, weight: JaxArray) => np.matmul(x, np.transpose(weight));
const rmsnorm = (x: JaxArray, weight: JaxArray) =>
  np.divide(x.ref, np.sqrt(np.mean(np.square(x), -1, { keepdims: true }).add(normEps))).mul(weight);
const split = (x: JaxArray) => np.transpose(x.reshape([rows, context, heads, headSize]), [0, 2, 1, 3]);

function rope(x: JaxArray, cos: JaxArray, sin: JaxArray): JaxArray {
  const [low, high] = np.split(x.ref, 2, -1);
  return x.mul(cos).add(np.concatenate([high.mul(-1), low], -1).mul(sin));
}

/** Mean cross-entropy of the batch. jax-js consumes what it is given: `ref` keeps a value for another use. */
function loss(params: Tree, inputs: Tree): JaxArray {
  const of = (layer: number, name: string) => params[`model.layers.${layer}.${name}.weight`];
  let x = np.matmul(inputs.ids, params['model.embed_tokens.weight']);
  for (let layer = 0; layer < layers; layer++) {
    const h = rmsnorm(x.ref, of(layer, 'input_layernorm'));
    const q = rope(split(linear(h.ref, of(layer, 'self_attn.q_proj'))), inputs.cos.ref, inputs.sin.ref);
    const k = rope(split(linear(h.ref, of(layer, 'self_attn.k_proj'))), inputs.cos.ref, inputs.sin.ref);
    const v = split(linear(h, of(layer, 'self_attn.v_proj')));
    const scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(headSize ** -0.5).add(inputs.mask.ref);
    const mixed = np.transpose(np.matmul(nn.softmax(scores, -1), v), [0, 2, 1, 3]).reshape([tokensPerStep, width]);
    x = x.add(linear(mixed, of(layer, 'self_attn.o_proj')));
    const m = rmsnorm(x.ref, of(layer, 'post_attention_layernorm'));
    const gate = nn.silu(linear(m.ref, of(layer, 'mlp.gate_proj')));
    x = x.add(linear(gate.mul(linear(m, of(layer, 'mlp.up_proj'))), of(layer, 'mlp.down_proj')));
  }
  inputs.cos.dispose();
  inputs.sin.dispose();
  inputs.mask.dispose();
  const logits = linear(rmsnorm(x, params['model.norm.weight']), params['lm_head.weight']);
  return np.sum(nn.logSoftmax(logits, -1).mul(inputs.targets)).mul(-1 / tokensPerStep);
}

/** One AdamW update; `scales` are 1 / (1 - beta1^t) and 1 / (1 - beta2^t). */
function update(params: Tree, m: Tree, v: Tree, scales: JaxArray, inputs: Tree): [JaxArray, Tree, Tree, Tree] {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = optimiser;
  const held = Object.fromEntries(Object.entries(params).map(([name, p]) => [name, p.ref]));
  const [value, gradients] = valueAndGrad(loss)(held, inputs) as [JaxArray, Tree];
  const [scaleM, scaleV] = np.split(scales, 2);
  const next: [Tree, Tree, Tree] = [{}, {}, {}];
  for (const [name, g] of Object.entries(gradients)) {
    const newM = m[name].mul(beta1).add(g.ref.mul(1 - beta1));
    const newV = v[name].mul(beta2).add(np.square(g).mul(1 - beta2));
    const turn = np.divide(newM.ref.mul(scaleM.ref), np.sqrt(newV.ref.mul(scaleV.ref)).add(epsilon));
    next[0][name] = params[name].mul(1 - learningRate * weightDecay).sub(turn.mul(learningRate));
    next[1][name] = newM;
    next[2][name] = newV;
  }
  scaleM.dispose();
  scaleV.dispose();
  return [value, ...next];
}

export async function jaxStep(device: 'webgpu' | 'wasm'): Promise<Contestant> {
  if (!(await init(device)).includes(device)) throw new Error(`jax-js cannot use ${device} here.`);
  defaultDevice(device);
  const start = initialParams();
  const tree = (values: (data: Float32Array) => Float32Array): Tree =>
    Object.fromEntries([...start].map(([name, { shape: dims, data }]) => [name, np.array(values(data) as Float32Array<ArrayBuffer>).reshape(dims)]));
  let [params, m, v] = [tree((data) => data), tree((data) => new Float32Array(data.length)), tree((data) => new Float32Array(data.length))];
  const { ids, targets } = batch();
  const { cos, sin } = ropeTables();
  const table = (data: Float32Array) => np.array(data as Float32Array<ArrayBuffer>).reshape([1, 1, context, headSize]);
  const mask = Float32Array.from({ length: context * context }, (_, n) => (n % context > Math.floor(n / context) ? -1e9 : 0));
  const inputs: Tree = {
    ids: oneHot(ids), targets: oneHot(targets), cos: table(cos), sin: table(sin), mask: np.array(mask).reshape([1, 1, context, context]),
  };
  const compiled = jit(update);
  let steps = 0;
  return {
    async step() {
      steps++;
      defaultDevice(device);
      const scales = np.array([1 / (1 - optimiser.beta1 ** steps), 1 / (1 - optimiser.beta2 ** steps)]);
      const held = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, value.ref]));
      const [value, ...next] = compiled(params, m, v, scales, held) as [JaxArray, Tree, Tree, Tree];
      [params, m, v] = next;
      // Not `.js()`, which reads zeros on a software adapter.
      return (await value.jsAsync()) as number;
    },
  };
}

/** The bench's training step in TensorFlow.js (WebGPU): variableGrads, then its Adam with the decay applied before it. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-webgpu';
import { batch, initialParams, optimiser, ropeTables, shape, tokensPerStep, type Contestant } from '../problem';

const { vocab, width, layers, heads, headSize, context, normEps } = shape;
const rows = shape.batch;

const linear = (x: tf.Tensor, weight: tf.Tensor) => tf.matMul(x, weight, false, true);
const rmsnorm = (x: tf.Tensor, weight: tf.Tensor) => tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), normEps))), weight);
const split = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [rows, context, heads, headSize]), [0, 2, 1, 3]);

function rope(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  const [low, high] = tf.split(x, 2, -1);
  return tf.add(tf.mul(x, cos), tf.mul(tf.concat([tf.neg(high), low], -1), sin));
}

export async function tfjsStep(): Promise<Contestant> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js finds no WebGPU adapter.');
  await tf.ready();
  const params = new Map([...initialParams()].map(([name, { shape: dims, data }]) => [name, tf.variable(tf.tensor(data, dims), true, name)]));
  const of = (name: string) => {
    const found = params.get(`${name}.weight`);
    if (!found) throw new Error(`no parameter ${name}`);
    return found;
  };
  const data = batch();
  const ids = tf.tensor1d(data.ids, 'int32');
  const targets = tf.cast(tf.oneHot(tf.tensor1d(data.targets, 'int32'), vocab), 'float32');
  const tables = ropeTables();
  const [cos, sin] = [tables.cos, tables.sin].map((table) => tf.tensor4d(table, [1, 1, context, headSize]));
  const mask = tf.tensor4d(Float32Array.from({ length: context * context }, (_, n) => (n % context > Math.floor(n / context) ? -1e9 : 0)), [1, 1, context, context]);

  function loss(): tf.Scalar {
    let x: tf.Tensor = tf.gather(of('model.embed_tokens'), ids);
    for (let layer = 0; layer < layers; layer++) {
      const at = `model.layers.${layer}`;
      const h = rmsnorm(x, of(`${at}.input_layernorm`));
      const q = rope(split(linear(h, of(`${at}.self_attn.q_proj`))), cos, sin);
      const k = rope(split(linear(h, of(`${at}.self_attn.k_proj`))), cos, sin);
      const v = split(linear(h, of(`${at}.self_attn.v_proj`)));
      const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), headSize ** -0.5), mask);
      const mixed = tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]), [tokensPerStep, width]);
      x = tf.add(x, linear(mixed, of(`${at}.self_attn.o_proj`)));
      const m = rmsnorm(x, of(`${at}.post_attention_layernorm`));
      const gate = linear(m, of(`${at}.mlp.gate_proj`));
      const act = tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(m, of(`${at}.mlp.up_proj`)));
      x = tf.add(x, linear(act, of(`${at}.mlp.down_proj`)));
    }
    const logits = linear(rmsnorm(x, of('model.norm')), of('lm_head'));
    return tf.neg(tf.div(tf.sum(tf.mul(tf.logSoftmax(logits), targets)), tokensPerStep)) as tf.Scalar;
  }

  const { learningRate, beta1, beta2, epsilon, weightDecay } = optimiser;
  const adam = tf.train.adam(learningRate, beta1, beta2, epsilon);
  return {
    async step() {
      const value = tf.tidy(() => {
        const { value: found, grads } = tf.variableGrads(loss);
        for (const variable of params.values()) variable.assign(tf.mul(variable, 1 - learningRate * weightDecay));
        adam.applyGradients(grads as Parameters<typeof adam.applyGradients>[0]);
        return found;
      });
      const [read] = await value.data();
      value.dispose();
      return read;
    },
  };
}

/**
 * The bench's answers by transformers.js, from a folder that a person made (scripts/benchAnswers.mjs tells how) and the bench serves: the
 * library as it is published, its Wasm files, and the student as ONNX. Nothing comes from elsewhere.
 */
import { MAX_TOKENS, STUDENT, type Answerer } from '../answers';

/** Where the bench serves the folder; a path, since the library takes an address for one elsewhere. */
const SERVED = '/peer/';

/** What is used of it; it is not among the packages of the studio. */
interface Library {
  env: { allowRemoteModels: boolean; allowLocalModels: boolean; localModelPath: string; useBrowserCache: boolean; useWasmCache: boolean; backends: { onnx: { wasm: { wasmPaths: object; numThreads?: number } } } };
  AutoTokenizer: { from_pretrained(name: string): Promise<(texts: string[], options: object) => object> };
  AutoModelForCausalLM: { from_pretrained(name: string, options: object): Promise<{ generate(asked: object): Promise<{ tolist(): bigint[][] }> }> };
}

/** @param device of ONNX Runtime: its provider for WebGPU, or its kernels in Wasm, with threads where the page may share memory. */
export async function transformersAnswers(device: 'webgpu' | 'wasm'): Promise<Answerer> {
  const packages = new URL(`${SERVED}node_modules/`, self.location.origin).href;
  const { env, AutoTokenizer, AutoModelForCausalLM } = (await import(/* @vite-ignore */ `${packages}@huggingface/transformers/dist/transformers.min.js`)) as Library;
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: SERVED, useBrowserCache: false, useWasmCache: false });
  const runtime = `${packages}onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify`;
  env.backends.onnx.wasm.wasmPaths = { mjs: `${runtime}.mjs`, wasm: `${runtime}.wasm` };
  if (self.crossOriginIsolated) env.backends.onnx.wasm.numThreads = navigator.hardwareConcurrency;
  const tokenizer = await AutoTokenizer.from_pretrained(STUDENT);
  const model = await AutoModelForCausalLM.from_pretrained(STUDENT, { device, dtype: 'fp32' });
  return {
    async answer(prompts) {
      const ids = await model.generate({ ...tokenizer([...prompts], { add_special_tokens: false }), max_new_tokens: MAX_TOKENS, do_sample: false, eos_token_id: null });
      return ids.tolist().map((row) => row.map(Number));
    },
  };
}

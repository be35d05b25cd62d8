/** Exported files in other tools: the adapter in peft, the merged folder in transformers, the GGUF files in llama.cpp; all say what our engine says. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFiles, writePieces } from '../../src/cli/folders';
import { Random } from '../../src/core/random';
import { freshAdapter } from '../../src/model/adapter';
import { exportStudent } from '../../src/model/export/student';
import { Generator } from '../../src/train/generate';
import { nll } from '../../src/train/nll';
import { testEngine } from '../gpu/engine';
import { byteStudent, byteStudentFiles, configs } from '../model/byteStudent';
import { pythonHas, runPython } from './python';

interface Told {
  losses: number[];
  written: number[];
}

const has = pythonHas('torch', 'transformers', 'peft', 'llama_cpp', 'gguf');
const text = 'the 12 winters 1212 theft, in';
const COUNT = 6;

it.skipIf(!has).each(Object.keys(configs) as (keyof typeof configs)[])('%s (needs Python with torch, transformers, peft, llama_cpp and gguf)', async (family) => {
  const folder = await mkdtemp(join(tmpdir(), 'stat-export-'));
  const at = (name: string) => join(folder, name);
  const student = await byteStudent(family);
  const adapter = freshAdapter(student.config, { rank: 3, alpha: 6, dropout: 0, targets: 'all-linear', rankStabilised: true }, 4);
  const random = new Random(2, family);
  for (const [name, { data }] of adapter.params) if (name.endsWith('lora_B.weight')) data.forEach((_, i) => (data[i] = 0.2 * random.normal()));
  student.adapter = adapter;
  for (const name of ['base', 'adapter', 'merged', 'gguf']) await mkdir(at(name));
  await writeFiles(at('base'), byteStudentFiles(family));
  for (const [name, pieces] of exportStudent(student, 'peft')) await writePieces(join(at('adapter'), name), pieces);
  for (const [name, pieces] of exportStudent(student, 'safetensors')) await writePieces(join(at('merged'), name), pieces);
  for (const format of ['F32', 'F16', 'Q8_0'] as const) {
    for (const [name, pieces] of exportStudent(student, 'gguf', format)) await writePieces(join(at('gguf'), name), pieces);
  }
  const ids = student.tokenizer.encode(text);
  const gguf = Object.fromEntries(['f32', 'f16', 'q8_0'].map((format) => [format, join(at('gguf'), `model-${format}.gguf`)]));
  const told = runPython<{ peft: Told; merged: Told; gguf: Record<string, Told & { tokens: number[] }>; tensors: Record<string, object> }>('exported.py', {
    base: at('base'), adapter: at('adapter'), merged: at('merged'), gguf, ids, text, count: COUNT,
  });
  await rm(folder, { recursive: true });

  const engine = await testEngine();
  const losses = await nll(engine, student, ids);
  const generator = await Generator.create(engine, student, student.params, { slots: 1 });
  const [{ ids: written }] = await generator.answer([ids], { maxTokens: COUNT, temperature: 0, seed: 0 });
  generator.dispose();
  const off = (theirs: number[]) => Math.max(...losses.map((loss, i) => Math.abs(loss - theirs[i]) / Math.max(1, loss)));
  expect(off(told.peft.losses), 'peft').toBeLessThan(1e-4);
  expect(off(told.merged.losses), 'transformers').toBeLessThan(1e-4);
  expect(off(told.gguf.f32.losses), 'llama.cpp, f32').toBeLessThan(5e-3);
  expect(off(told.gguf.f16.losses), 'llama.cpp, f16').toBeLessThan(2e-2);
  expect(off(told.gguf.q8_0.losses), 'llama.cpp, q8_0').toBeLessThan(0.2);
  for (const [tool, theirs] of [['peft', told.peft], ['transformers', told.merged], ['llama.cpp', told.gguf.f32]] as const) {
    expect(theirs.written.slice(0, written.length), tool).toEqual(written);
  }
  expect(told.gguf.f16.tokens).toEqual(ids);
  expect(Object.keys(told.tensors.q8_0).sort()).toEqual(['F32', 'Q8_0']);
  expect(Object.keys(told.tensors.f16).sort()).toEqual(['F16', 'F32']);
});

/** What is told of a model's files, whether or not the studio can use them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { memorySources } from '../../src/model/byteSource';
import { inspectModel } from '../../src/model/inspect';
import { tinyStudentFiles } from '../train/tinyStudent';

const inspect = (files: Map<string, Uint8Array>, numbers = false) => inspectModel('tiny', memorySources(files), numbers);

it('a student: its shape, its numbers and its tokenizer', async () => {
  expect(await inspect(tinyStudentFiles(), true)).toEqual({
    kind: 'model', container: 'safetensors', family: 'llama', parameters: 4288, tensors: 20, bytes: 4 * 4288,
    formats: { F32: { tensors: 20, parameters: 4288 } }, quantisation: undefined, vocabulary: 23, context: 64, width: 16, layers: 2,
    heads: 2, kvHeads: 1,
    tokenizer: { from: 'tokenizer.json', algorithm: 'WordPiece', size: 23, bos: '<bos>', eos: '<eos>', chatTemplate: false },
  });
});

it('a student that cannot be used: what it is, and why not', async () => {
  const files = tinyStudentFiles();
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json'))) as object;
  files.set('config.json', new TextEncoder().encode(JSON.stringify({ ...config, model_type: 'mamba' })));
  expect(await inspect(files)).toMatchObject({ kind: 'model', family: 'mamba', parameters: 4288, problem: { code: 'model-unsupported' } });
});

it('a tokenizer on its own, and weights on their own', async () => {
  const files = tinyStudentFiles();
  const only = (...names: string[]) => new Map([...files].filter(([name]) => names.includes(name)));
  expect(await inspect(only('tokenizer.json'))).toMatchObject({ kind: 'tokenizer', tokenizer: { size: 23 } });
  expect(await inspect(only('model.safetensors'))).toMatchObject({ kind: 'weights', tensors: 20, tokenizer: undefined });
});

it('files that are not what they seem are refused', async () => {
  const broken = new Uint8Array(readFileSync(join(import.meta.dirname, '../fixtures/students/gguf-foreign-bytes/model.gguf')));
  await expect(inspect(new Map([['model.gguf', broken]]))).rejects.toMatchObject({ code: 'model-bad-weights' });
});

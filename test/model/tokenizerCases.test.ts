/** llama.cpp's own tokenisation cases: 47 strings a vocabulary, each with the ids it must give. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { memorySource, type ByteSource } from '../../src/model/byteSource';
import { openTokenizer } from '../../src/model/openTokenizer';
import { hasSharedData, sharedPath } from '../sharedData';

const file = (...parts: string[]): ByteSource => memorySource(new Uint8Array(readFileSync(sharedPath(...parts))));
const gguf = (name: string) => () => new Map([[name, file('tokenizer-cases', name)]]);
const folder = (name: string, files: string[]) => () => new Map(files.map((each) => [each, file('hf-tokenizers', name, each)]));

const vocabularies = [
  { cases: 'gpt-2', from: 'GGUF tables', needs: 'tokenizer-cases', files: gguf('ggml-vocab-gpt-2.gguf') },
  { cases: 'gpt-2', from: 'tokenizer.json', needs: 'hf-tokenizers/gpt2', files: folder('gpt2', ['tokenizer.json']) },
  { cases: 'llama-spm', from: 'GGUF tables', needs: 'tokenizer-cases', files: gguf('ggml-vocab-llama-spm.gguf') },
  { cases: 'qwen2', from: 'tokenizer.json', needs: 'hf-tokenizers/qwen3', files: folder('qwen3', ['tokenizer.json', 'tokenizer_config.json']) },
];

for (const { cases, from, needs, files } of vocabularies) {
  const present = hasSharedData('tokenizer-cases') && hasSharedData(needs);
  it.skipIf(!present)(`${cases}: all 47 strings, by its ${from} (needs the shared test data)`, async () => {
    const read = (end: string) => readFileSync(sharedPath('tokenizer-cases', `ggml-vocab-${cases}.gguf.${end}`), 'utf8');
    const texts = read('inp').split('\n__ggml_vocab_test__\n');
    const ids = read('out').split('\n').map((line) => line.trim().split(' ').filter(Boolean).map(Number));
    const { tokenizer } = await openTokenizer(cases, files());
    expect(texts.length).toBe(47);
    expect(texts.map((text) => tokenizer.encode(text))).toEqual(ids.slice(0, texts.length));
  });
}

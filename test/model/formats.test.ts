/** One model in every format it comes in: the same configuration, the same numbers, the same tokens. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { memorySource, memorySources } from '../../src/model/byteSource';
import { openStudent } from '../../src/model/student';
import { paramsOf } from '../../src/model/tensorSource';
import { parseTokenizer } from '../../src/model/tokenizer';
import type { Params, Student } from '../../src/model/types';
import { hasSharedData, sharedFiles, sharedJson, sharedPath } from '../sharedData';

const open = (name: string, ...files: [name: string, ...path: string[]][]): Promise<Student> =>
  openStudent(name, new Map(files.map(([file, ...path]) => [file, memorySource(new Uint8Array(readFileSync(sharedPath(name, ...path, file))))])));

/** Largest difference of any value from the same one in `expected`. */
async function difference(student: Student, expected: Params): Promise<number> {
  const params = await paramsOf(student.params);
  expect([...params.keys()]).toEqual([...expected.keys()]);
  let worst = 0;
  for (const [name, { data }] of expected) params.get(name)?.data.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - data[i]))));
  return worst;
}

interface Expected {
  cases: { prompt: string; ids: number[] }[];
}

function expectTokens(student: Student, name: string): void {
  for (const { prompt, ids } of sharedJson<Expected>(name, 'derived', 'expected.json').cases) {
    expect(student.tokenizer.encodeSpecial(prompt), JSON.stringify(prompt)).toEqual(ids);
  }
}

describe.skipIf(!hasSharedData('stories260k'))('stories260K (needs the shared test data)', () => {
  const name = 'stories260k';
  const folder = openStudent(name, memorySources(hasSharedData(name) ? sharedFiles(name, 'derived', 'hf') : new Map()));

  it.each<[string, number, [string, ...string[]][]]>([
    ['llama2.c, its tokenizer beside it', 0, [['stories260K.bin'], ['tok512.bin']]],
    ['GGUF in F32', 0, [['stories260K-f32.gguf', 'derived']]],
    ['GGUF in F16', 2 ** -11, [['stories260K-f16.gguf', 'derived']]],
    ['GGUF in Q8_0', 0.02, [['stories260K-q8_0.gguf', 'derived']]],
  ])('%s', async (_, limit, files) => {
    const student = await open(name, ...files);
    const whole = await folder;
    expect(student.config).toEqual({ ...whole.config, eosIds: student.config.eosIds });
    expect(student.config.eosIds).toContain(2);
    expect(await difference(student, await paramsOf(whole.params))).toBeLessThanOrEqual(limit);
    expectTokens(student, name);
  });
});

it.skipIf(!hasSharedData('babyllama-tok105'))('BabyLlama by llama2.c, with a SentencePiece model beside it (needs the shared test data)', async () => {
  const name = 'babyllama-tok105';
  const student = await open(name, ['model5000.bin'], ['tok105.model']);
  const whole = await openStudent(name, memorySources(sharedFiles(name, 'derived', 'hf')));
  expect(student.config).toEqual(whole.config);
  expect(await difference(student, await paramsOf(whole.params))).toBe(0);
  expectTokens(student, name);
});

it('digits are cut at every numeric character, as the original tokenizer cuts them', () => {
  const vocab = Object.fromEntries(['a', '½', '²', '3', 'a½', '3²'].map((piece, id) => [piece, id]));
  const tokenizer = parseTokenizer(JSON.stringify({
    added_tokens: [], normalizer: null, post_processor: null, decoder: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }] },
    model: { type: 'BPE', unk_token: null, vocab, merges: [['a', '½'], ['3', '²']] },
  }));
  expect(tokenizer.encode('a½3²')).toEqual([0, 1, 3, 2]);
});

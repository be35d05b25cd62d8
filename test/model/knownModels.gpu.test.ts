import { describe, expect, it } from 'vitest';
import { memorySources } from '../../src/model/byteSource';
import { openStudent } from '../../src/model/student';
import { Generator } from '../../src/train/generate';
import { nll } from '../../src/train/nll';
import { devices } from '../gpu/engine';
import { hasSharedData, sharedFiles, sharedJson } from '../sharedData';

interface Expected {
  cases: { prompt: string; ids: number[]; nll_per_token: number[]; greedy_ids: number[]; greedy_text: string }[];
}

const models = ['stories260k', 'babyllama-tok105'].flatMap((name) => devices.map(([device, engine]) => [name, device, engine] as const));

describe.each(models)('%s on %s, against its expected logits and text', (name, _, testEngine) => {
  const present = hasSharedData(name);
  const open = async () => ({
    student: await openStudent(name, memorySources(sharedFiles(name, 'derived', 'hf'))),
    cases: sharedJson<Expected>(name, 'derived', 'expected.json').cases,
  });

  it.skipIf(!present)('tokenizes as expected (needs the shared test data)', async () => {
    const { student, cases } = await open();
    for (const { prompt, ids } of cases.filter(({ prompt }) => prompt !== '')) {
      expect([student.config.bosId, ...student.tokenizer.encode(prompt)]).toEqual(ids);
    }
  });

  it.skipIf(!present)('gives every token the expected likelihood (needs the shared test data)', async () => {
    const { student, cases } = await open();
    const engine = await testEngine();
    for (const { ids, nll_per_token: expected } of cases) {
      const found = await nll(engine, student, ids);
      expect(found.length).toBe(expected.length);
      found.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-4 * Math.max(1, expected[i])));
    }
  });

  it.skipIf(!present)('writes the expected text, greedily (needs the shared test data)', async () => {
    const { student, cases } = await open();
    const generator = await Generator.create(await testEngine(), student, student.params, { slots: 4, context: 256 });
    const longest = Math.max(...cases.map(({ greedy_ids: ids }) => ids.length));
    const answers = await generator.answer(cases.map(({ ids }) => ids), { maxTokens: longest, temperature: 0, seed: 0 });
    cases.forEach(({ greedy_ids: expected }, i) => expect(answers[i].ids.slice(0, expected.length)).toEqual(expected));
    generator.dispose();
  });
});

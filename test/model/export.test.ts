/** What is taken home reads back as what it was made from; other tools' word on the same files is test/interop/export.interop.ts. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { freshAdapter, mergedParams } from '../../src/model/adapter';
import { memorySources } from '../../src/model/byteSource';
import { encodeNumbers } from '../../src/model/encodeNumbers';
import { RUN_FILE } from '../../src/model/export/card';
import { gather } from '../../src/model/export/pieces';
import { exportStudent } from '../../src/model/export/student';
import { f32FromF16 } from '../../src/model/halves';
import { factsOf } from '../../src/model/loadCard';
import { decodeNumbers } from '../../src/model/numberFormats';
import { readAdapter } from '../../src/model/peft';
import { openStudent } from '../../src/model/student';
import { paramsOf } from '../../src/model/tensorSource';
import type { Student } from '../../src/model/types';
import { tinyStudent } from '../train/tinyStudent';
import { byteStudent, configs } from './byteStudent';

const families = Object.keys(configs) as (keyof typeof configs)[];
const text = 'the 12 winters, in Überlingen: 1212 theft';

async function adapted(family: keyof typeof configs): Promise<Student> {
  const student = await byteStudent(family);
  const adapter = freshAdapter(student.config, { rank: 3, alpha: 6, dropout: 0, targets: 'all-linear', rankStabilised: false }, 4);
  const random = new Random(2, family);
  for (const [name, { data }] of adapter.params) if (name.endsWith('lora_B.weight')) data.forEach((_, i) => (data[i] = 0.2 * random.normal()));
  return { ...student, adapter };
}

async function written(student: Student, ...how: [Parameters<typeof exportStudent>[1], Parameters<typeof exportStudent>[2]?]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [name, pieces] of exportStudent(student, ...how)) files.set(name, await gather(pieces));
  return files;
}

describe.each(families)('%s', (family) => {
  it('as safetensors is the student with its adapter merged in', async () => {
    const student = await adapted(family);
    const back = await openStudent('back', memorySources(await written(student, 'safetensors')));
    expect(back.config).toEqual(student.config);
    const [found, expected] = [await paramsOf(back.params), await paramsOf(mergedParams(student))];
    expect(found).toEqual(expected);
    expect(found).not.toEqual(await paramsOf(student.params));
  });

  it('as GGUF is the same student: numbers, configuration, tokenizer', async () => {
    const student = await adapted(family);
    const files = await written(student, 'gguf', 'F32');
    const back = await openStudent('back', memorySources(new Map([['model.gguf', files.get('model-f32.gguf') as Uint8Array]])));
    expect(back.config).toEqual(student.config);
    expect(await paramsOf(back.params)).toEqual(await paramsOf(mergedParams(student)));
    expect(back.tokenizer.encode(text)).toEqual(student.tokenizer.encode(text));
  });

  it('as a PEFT folder reads back', async () => {
    const student = await adapted(family);
    const files = await written(student, 'peft');
    const back = await readAdapter(memorySources(files), student.config);
    expect(back.params).toEqual(student.adapter?.params);
    expect(back.settings).toMatchObject({ rank: 3, alpha: 6 });
  });
});

describe('numbers as files keep them', () => {
  const values = Float32Array.from({ length: 4096 }, (_, i) => new Random(i, 'values').normal() * 2 ** ((i % 40) - 28));

  it('in half precision are the nearest there are', () => {
    const near = decodeNumbers('F16', encodeNumbers('F16', values));
    // Every half's neighbours are at least as far from the value.
    const halves = Float32Array.from({ length: 0x7c00 }, (_, bits) => f32FromF16(bits));
    values.forEach((value, i) => {
      const size = Math.abs(value);
      let [low, high] = [0, halves.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (halves[middle] < size) low = middle + 1;
        else high = middle;
      }
      const best = Math.min(Math.abs(halves[low] - size), Math.abs(halves[Math.max(0, low - 1)] - size));
      expect(Math.abs(Math.abs(near[i]) - size)).toBe(best);
    });
    expect([...decodeNumbers('F16', encodeNumbers('F16', Float32Array.of(1e6, -1e6, 0, -0, 65519.99)))]).toEqual([Infinity, -Infinity, 0, -0, 65504]);
    expect([...decodeNumbers('BF16', encodeNumbers('BF16', Float32Array.of(1, 1.00390625, 1.01171875, -3.14159)))]).toEqual([1, 1, 1.015625, -3.140625]);
  });

  it('in 8-bit blocks are within half a step of the block', () => {
    const back = decodeNumbers('Q8_0', encodeNumbers('Q8_0', values));
    for (let block = 0; block < values.length; block += 32) {
      const part = values.subarray(block, block + 32);
      const step = Math.max(...part.map(Math.abs)) / 127;
      if (step < 2 ** -14) continue; // its scale is below what half precision holds well
      part.forEach((value, i) => expect(Math.abs(back[block + i] - value)).toBeLessThan(0.5 * step + 127 * step * 2 ** -11 + 1e-12));
    }
  });
});

describe('a card and its limits', () => {
  it('says what the student was trained on, and lets no name out of its place', async () => {
    const student = await adapted('llama');
    const run = { student: 'base', data: 'rows`\n# loud.jsonl', rows: 20, options: { steps: 5, learningRate: 0.01 }, firstLoss: 2, lastLoss: 1.25, tokens: 900, device: 'some GPU' };
    student.files.set(RUN_FILE, JSON.stringify(run));
    const files = await written(student, 'peft');
    const card = new TextDecoder().decode(files.get('README.md'));
    expect(card).toMatch(/20 rows, 900 tokens seen/);
    expect(card).toMatch(/from 2\.0000 to 1\.2500/);
    expect(card).toContain('"learningRate": 0.01');
    expect(card).not.toMatch(/^# loud/m);
    expect(JSON.parse(new TextDecoder().decode(files.get(RUN_FILE)))).toEqual(run);
  });

  it('refuses what cannot be written', async () => {
    expect(() => exportStudent({ ...(files), adapter: undefined }, 'peft')).toThrow(expect.objectContaining({ code: 'export-no-adapter' }));
    expect(() => exportStudent(files, 'gguf', 'BF16')).toThrow(expect.objectContaining({ code: 'export-bad-format' }));
    // What the page says beforehand is what an export would say.
    const { noGguf } = factsOf(words);
    expect(noGguf).toContain('a tokenizer of the kind WordPiece');
    expect(() => exportStudent(words, 'gguf')).toThrow(expect.objectContaining({ code: 'export-unsupported', message: noGguf }));
    expect(factsOf(files).noGguf).toBeUndefined();
  });
});

const files = await adapted('qwen2');
const words = await tinyStudent();

/** Foreign and broken students: each folder in test/fixtures/students changes files of a good one and says what must be said. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/errors';
import { memorySource, memorySources } from '../../src/model/byteSource';
import { openSafetensors, writeSafetensors } from '../../src/model/safetensors';
import { openStudent, studentToFiles } from '../../src/model/student';
import { paramsOf } from '../../src/model/tensorSource';
import type { Params } from '../../src/model/types';
import { tinyStudent, tinyStudentFiles } from '../train/tinyStudent';

interface Expected {
  code: string;
  message?: string;
  where?: string;
  /** Files the good student has and this one lacks. */
  absent?: string[];
}

const fixtures = join(import.meta.dirname, '../fixtures/students');

/** What is said when a student is opened and its numbers are read, as every use of it does. */
async function refusal(files: Map<string, Uint8Array>): Promise<StudioError> {
  try {
    await paramsOf((await openStudent('a student', memorySources(files))).params);
  } catch (thrown) {
    if (thrown instanceof StudioError) return thrown;
    throw thrown;
  }
  throw new Error('the student was accepted');
}

async function readWeights(bytes: Uint8Array): Promise<Params> {
  return paramsOf(await openSafetensors(memorySource(bytes), 'x'));
}

describe('a broken student is refused in a sentence', () => {
  it.each(readdirSync(fixtures))('%s', async (name) => {
    const expected = JSON.parse(readFileSync(join(fixtures, name, 'expected.json'), 'utf8')) as Expected;
    const files = tinyStudentFiles();
    for (const file of expected.absent ?? []) files.delete(file);
    for (const file of readdirSync(join(fixtures, name)).filter((each) => each !== 'expected.json')) {
      files.set(file, new Uint8Array(readFileSync(join(fixtures, name, file))));
    }
    const error = await refusal(files);
    expect(error.code).toBe(expected.code);
    expect(error.message).toContain(expected.message ?? '');
    if (expected.where) expect(error.where).toBe(expected.where);
  });

  it.each([NaN, Infinity])('weights that are %f', async (value) => {
    const files = tinyStudentFiles();
    const params = await readWeights(files.get('model.safetensors') as Uint8Array);
    (params.get('model.norm.weight')?.data as Float32Array)[3] = value;
    files.set('model.safetensors', writeSafetensors(params));
    expect(await refusal(files)).toMatchObject({ code: 'model-bad-weights', where: 'model.norm.weight' });
  });

  it('a transposed matrix', async () => {
    const files = tinyStudentFiles();
    const params = await readWeights(files.get('model.safetensors') as Uint8Array);
    params.get('model.layers.0.mlp.down_proj.weight')?.shape.reverse();
    files.set('model.safetensors', writeSafetensors(params));
    expect(await refusal(files)).toMatchObject({ code: 'model-bad-weights', where: 'model.layers.0.mlp.down_proj.weight' });
  });

  it('weights cut short anywhere', async () => {
    const files = tinyStudentFiles();
    const whole = files.get('model.safetensors') as Uint8Array;
    for (const length of [3, 9, 200, whole.length >> 1, whole.length - 1]) {
      files.set('model.safetensors', whole.subarray(0, length));
      expect((await refusal(files)).code, `${length} bytes`).toBe('model-bad-weights');
    }
  });
});

it('a student written as a folder reads back the same', async () => {
  const student = await tinyStudent();
  const again = await openStudent('tiny', memorySources(await studentToFiles(student)));
  expect(again.config).toEqual(student.config);
  expect([...(await paramsOf(again.params))]).toEqual([...(await paramsOf(student.params))]);
});

it('half-precision weights are read as the numbers they are', async () => {
  const header = JSON.stringify({
    half: { dtype: 'F16', shape: [4], data_offsets: [0, 8] }, brain: { dtype: 'BF16', shape: [2], data_offsets: [8, 12] },
  });
  const bytes = new Uint8Array(8 + header.length + 12);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  [0x3c00, 0xc100, 0x0001, 0x7bff, 0x3fc0, 0xc2c8].forEach((half, i) => view.setUint16(8 + header.length + 2 * i, half, true));
  const params = await readWeights(bytes);
  expect([...(params.get('half')?.data ?? [])]).toEqual([1, -2.5, 2 ** -24, 65504]);
  expect([...(params.get('brain')?.data ?? [])]).toEqual([1.5, -100]);
});

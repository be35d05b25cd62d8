// @vitest-environment node
// Students that are single files, from the command line: a llama2.c .bin and a .gguf of the same model do the same everywhere.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasSharedData, sharedJson, sharedPath } from '../sharedData';
import { document, stat } from './commandLine';

interface Expected {
  cases: { prompt: string; ids: number[]; nll_per_token: number[]; greedy_text: string; greedy_ids: number[] }[];
}

const rows = ['Lily', 'Tom', 'Sam'].map((name) => ({ question: `Once upon a time, ${name}`, answer: `was happy.`, skills: ['story'] }));
let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stat-students-'));
  await writeFile(at('rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const files = [['a llama2.c file', 'stories260K.bin'], ['a GGUF file', join('derived', 'stories260K-f32.gguf')]] as const;
const trained: number[][] = [];

describe.skipIf(!hasSharedData('stories260k')).each(files)('%s (needs the shared test data)', { timeout: 300_000 }, (_, file) => {
  const run = async (command: string, ...more: string[]) => {
    const ended = await stat([command, '--student', sharedPath('stories260k', file), '--json', ...more]);
    expect(ended.stderr + ended.stdout).not.toMatch(/"error"/);
    expect(ended.status).toBe(0);
    return document(ended);
  };

  it('reads and writes as expected', async () => {
    const told = sharedJson<Expected>('stories260k', 'derived', 'expected.json').cases.find(({ prompt }) => prompt.length > 10) as Expected['cases'][number];
    await writeFile(at('text.txt'), told.prompt);
    const { tokenIds, nll } = await run('nll', '--text-file', at('text.txt')) as { tokenIds: number[]; nll: number[] };
    expect(tokenIds).toEqual(told.ids);
    nll.forEach((value, i) => expect(Math.abs(value - told.nll_per_token[i])).toBeLessThan(1e-4 * Math.max(1, told.nll_per_token[i])));
    const { tokenIds: written } = await run('generate', '--prompt', told.prompt, '--max-tokens', '8', '--temperature', '0') as { tokenIds: number[] };
    expect(written).toEqual(told.greedy_ids.slice(0, written.length));
    expect(written.length).toBe(8);
  });

  it('learns and is judged', async () => {
    const ended = await run('train', '--data', at('rows.jsonl'), '--out', at(file.replace('/', '-')), '--steps', '3', '--batch', '2', '--lr', '1e-3', '--seed', '2');
    const losses = ended.losses as number[];
    expect(losses[2]).toBeLessThan(losses[0]);
    trained.push(losses);
    expect(await readdir(at(file.replace('/', '-')))).toEqual(expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']));
    const judged = await run('evaluate', '--data', at('rows.jsonl'), '--max-tokens', '4');
    expect(judged).toMatchObject({ total: 3, skills: [{ skill: 'story', total: 3 }] });
  });
});

it.skipIf(!hasSharedData('stories260k'))('both learn the same (needs the shared test data)', () => {
  expect(trained.length).toBe(2);
  expect(trained[1]).toEqual(trained[0]);
});

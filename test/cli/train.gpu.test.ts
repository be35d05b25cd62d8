// @vitest-environment node
// Training, reading and answering from the command line, with a small student on whatever adapter there is.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { studentToFiles } from '../../src/model/student';
import { tinyStudent } from '../studio/tinyProject';
import { document, stat } from './commandLine';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stat-train-'));
  await mkdir(at('student'));
  for (const [name, bytes] of await studentToFiles(await tinyStudent())) await writeFile(join(at('student'), name), bytes);
  const rows = Array.from({ length: 6 }, (_, i) => ({ question: `${i + 3}+4`, answer: `${i + 3}+4=${i + 7}#${i + 7}`, skills: ['add'], weight: 1, odd: i === 0 ? 3 : 1 }));
  await writeFile(at('rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  await writeFile(at('text.txt'), 'what is 3+4');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function train(out: string, ...more: string[]) {
  return stat(['train', '--student', at('student'), '--data', at('rows.jsonl'), '--out', at(out),
    '--steps', '5', '--batch', '3', '--lr', '1e-2', '--seed', '4', '--json', ...more]);
}

async function weights(out: string): Promise<Buffer> {
  return readFile(join(at(out), 'model.safetensors'));
}

describe('train', { timeout: 300_000 }, () => {
  it('with all weights 1 is plain training bit for bit, and with others it is not', async () => {
    const plain = await train('plain');
    const ones = await train('ones', '--weight-field', 'weight');
    const odd = await train('odd', '--weight-field', 'odd');
    for (const ended of [plain, ones, odd]) expect(ended.status).toBe(0);
    const { losses, tokensPerSecond, options } = document(plain) as { losses: number[]; tokensPerSecond: number; options: object };
    expect(losses.length).toBe(5);
    expect(losses[4]).toBeLessThan(losses[0]);
    expect(tokensPerSecond).toBeGreaterThan(0);
    expect(options).toMatchObject({ steps: 5, batch: 3, learningRate: 0.01, seed: 4 });
    expect(document(ones).losses).toEqual(losses);
    expect((await weights('ones')).equals(await weights('plain'))).toBe(true);
    expect((await weights('odd')).equals(await weights('plain'))).toBe(false);
    expect(plain.stderr).toContain('--weight-field weight');
  });

  it('leaves a student folder that the other commands take', async () => {
    expect((await readdir(at('plain'))).sort()).toEqual(['README.md', 'config.json', 'model.safetensors', 'run.json', 'tokenizer.json', 'tokenizer_config.json']);
    const read = document(await stat(['nll', '--student', at('plain'), '--text-file', at('text.txt'), '--json'])) as { tokenIds: number[]; nll: number[]; mean: number };
    expect(read.nll.length).toBe(read.tokenIds.length - 1);
    expect(read.mean).toBeCloseTo(read.nll.reduce((a, b) => a + b) / read.nll.length, 9);
    const written = document(await stat(['generate', '--student', at('plain'), '--prompt', '3+4\n', '--max-tokens', '3', '--temperature', '0', '--json']));
    expect((written.tokenIds as number[]).length).toBeLessThanOrEqual(3);
    const judged = document(await stat(['evaluate', '--student', at('plain'), '--data', at('rows.jsonl'), '--max-tokens', '3', '--json']));
    expect(judged).toMatchObject({ total: 6, skipped: 0, skills: [{ skill: 'add', total: 6 }] });
    expect((judged.responses as unknown[]).length).toBe(6);
  });

  it('holds a student to what it answers right, as part of each batch, and says so where there is nothing', async () => {
    const nothing = await train('held-to-nothing', '--kl', '1');
    expect(document(nothing)).toMatchObject({ error: { code: 'train-no-anchors' } });
    expect(nothing.status).toBe(1);
    expect((await train('learned', '--steps', '300', '--batch', '6')).status).toBe(0);
    const held = document(await train('held', '--student', at('learned'), '--kl', '1', '--kl-share', '0.3'));
    const { kl, losses } = held as { kl: { weight: number; each: number; anchors: number; divergence: number[] }; losses: number[] };
    expect(kl).toMatchObject({ weight: 1, each: 1 });
    expect(kl.anchors).toBeGreaterThan(0);
    expect(kl.divergence.length).toBe(losses.length);
    expect(Math.abs(kl.divergence[0])).toBeLessThan(1e-5);
    expect(document(await train('odd-share', '--kl-share', '0.3'))).toMatchObject({ error: { code: 'cli-arguments' } });
  });

  it('reinforces it on its own graded answers, and goes on after a stop', async () => {
    const grpo = (out: string, updates: string, ...more: string[]) => stat(['grpo', '--student', at('plain'), '--data', at('rows.jsonl'), '--out', at(out),
      '--updates', updates, '--questions', '2', '--group', '3', '--max-tokens', '4', '--format-reward', '0.5', '--seed', '3', '--json', ...more]);
    const told = document(await grpo('grpo', '2', '--dry-run')) as { total: number; parts: { cache: number } };
    expect(told.parts.cache).toBeGreaterThan(0);
    await expect(readdir(at('grpo'))).rejects.toMatchObject({ code: 'ENOENT' });
    const whole = document(await grpo('grpo', '2')) as {
      rewards: number[]; iterations: { skills: object[] }[]; lastGroups: { answers: object[] }[]; memory: { estimate: { total: number }; peak: number };
    };
    expect(whole.memory.estimate.total).toBe(told.total);
    expect(whole.memory.peak).toBeLessThanOrEqual(told.total);
    expect(whole.rewards.length).toBe(2);
    expect(whole.iterations[1].skills).toMatchObject([{ skill: 'add', answers: 6 }]);
    expect(whole.lastGroups.map(({ answers }) => answers.length)).toEqual([3, 3]);
    expect((await grpo('grpo2', '1')).status).toBe(0);
    expect(document(await grpo('grpo2', '2', '--resume')).rewards).toEqual(whole.rewards);
    expect((await weights('grpo2')).equals(await weights('grpo'))).toBe(true);
    expect(document(await grpo('grpo2', '2', '--resume', '--kl', '0.1'))).toMatchObject({ error: { code: 'grpo-other-run' } });
  });

  it('trains an adapter, which the other commands take and train goes on with', async () => {
    const first = document(await train('adapter', '--lora-rank', '2', '--lora-targets', 'q_proj,down_proj'));
    expect(first.lora).toEqual({ rank: 2, alpha: 4, dropout: 0, targets: ['q_proj', 'down_proj'], rankStabilised: false });
    expect((await readdir(at('adapter'))).sort()).toEqual(['README.md', 'adapter_config.json', 'adapter_model.safetensors', 'run.json']);
    const read = async (...more: string[]) => document(await stat(['nll', '--student', at('student'), '--text-file', at('text.txt'), '--json', ...more])).mean as number;
    expect(await read('--adapter', at('adapter'))).not.toBeCloseTo(await read(), 3);
    const second = document(await train('adapter2', '--adapter', at('adapter')));
    expect((second.losses as number[])[4]).toBeLessThan((first.losses as number[])[4]);
    expect(second.lora).toEqual(first.lora);
    const reinforced = await stat(['grpo', '--student', at('student'), '--adapter', at('adapter'), '--data', at('rows.jsonl'), '--out', at('adapterGrpo'),
      '--updates', '1', '--questions', '2', '--group', '3', '--max-tokens', '4', '--format-reward', '0.5', '--json']);
    expect(document(reinforced).lora).toEqual(first.lora);
    expect((await readdir(at('adapterGrpo'))).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'grpo.checkpoint', 'grpo.json']);
    const refused = await train('adapter3', '--lora-rank', '2', '--lora-targets', 'c_attn');
    expect(refused.status).toBe(1);
    expect(document(refused)).toMatchObject({ error: { code: 'adapter-unknown-target' } });
  });

  it('tells what it will hold, holds no more, and refuses what does not fit', async () => {
    const told = document(await train('dry', '--dry-run', '--memory-gb', '1')) as { total: number; fits: boolean };
    expect(told.fits).toBe(true);
    await expect(readdir(at('dry'))).rejects.toMatchObject({ code: 'ENOENT' });
    const passes = document(await train('passes', '--accumulate', '3', '--recompute')) as { losses: number[]; memory: { estimate: { total: number }; peak: number } };
    expect(passes.memory.peak).toBeLessThanOrEqual(passes.memory.estimate.total);
    expect(passes.memory.peak).toBeLessThanOrEqual(told.total);
    (document(await train('whole')).losses as number[]).forEach((loss, i) => expect(passes.losses[i]).toBeCloseTo(loss, 4));
    const refused = await train('cramped', '--memory-gb', '0.0002');
    expect(refused.status).toBe(1);
    expect(document(refused)).toMatchObject({ error: { code: 'train-too-large' } });
    const fit = document(await stat(['fit', '--student', at('student'), '--batch', '3', '--context', '20', '--optimizer', 'adamw8bit', '--try', '--json'])) as { training: { total: number; fits: boolean; parts: { weights: number } }; held: number };
    expect(fit.training).toMatchObject({ fits: true });
    expect(fit.held).toBeGreaterThan(0);
    expect(fit.held).toBeLessThanOrEqual(fit.training.total);
    // Three students; the one that writes may lay its weights out with room between.
    const rollouts = document(await stat(['fit', '--student', at('student'), '--grpo', '--kl', '0.1', '--questions', '2', '--group', '2', '--max-tokens', '8', '--context', '20', '--try', '--json'])) as typeof fit;
    expect(rollouts.training.parts.weights).toBeGreaterThanOrEqual(3 * fit.training.parts.weights);
    expect(rollouts.held).toBeLessThanOrEqual(rollouts.training.total);
  });

  it('refuses a weight column that is not there, and writes nothing', async () => {
    const ended = await train('none', '--weight-field', 'mass');
    expect(ended.status).toBe(1);
    expect(document(ended)).toMatchObject({ error: { code: 'data-unknown-column' } });
    await expect(readdir(at('none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

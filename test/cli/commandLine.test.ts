// @vitest-environment node
// The command line from outside: what is on stdout, what is on stderr, and the exit status. No adapter is needed here.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { document, stat } from './commandLine';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stat-cli-'));
  await writeFile(join(folder, 'experiment.json'), '{"world":"A","seeds":[0],"speed":9}');
  await writeFile(join(folder, 'rankless.json'), '{"world":"A","seeds":[0],"lora":{"rank":0}}');
  await writeFile(join(folder, 'armless.json'), '{"world":"A","seeds":[0],"arms":["base",{"name":"g","kind":"grpo","reinforcement":{"gradedBy":"teacher"}}]}');
  await writeFile(join(folder, 'broken.json'), '{"world":');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the command line', { timeout: 60_000 }, () => {
  it('gives one JSON document on stdout and ends with 0', async () => {
    const ended = await stat(['worlds', '--json']);
    expect(ended.status).toBe(0);
    expect(document(ended).worlds).toMatchObject([{ id: 'A' }, { id: 'B1' }]);
    expect(ended.stderr).toBe('');
  });

  it('lists its commands, and what one takes', async () => {
    const [all, one] = await Promise.all([stat(['help']), stat(['train', '--help'])]);
    expect(all.status).toBe(0);
    for (const name of ['selftest', 'nll', 'generate', 'train', 'evaluate', 'run', 'worlds', 'pretrain']) expect(all.stdout).toContain(`  ${name} `);
    expect(one.status).toBe(0);
    expect(one.stdout).toContain('--weight-field');
  });

  it('tells what a whole experiment would ask a teacher, and sends nothing', async () => {
    const ended = await stat(['run', 'experiments/demo-quick.json', '--dry-run', '--teacher', 'https://teacher.invalid/v1', '--model', 'm', '--usd-in', '1', '--usd-out', '2', '--json']);
    expect(ended.status).toBe(0);
    const { sent, recipient, asked, forecast } = document(ended) as {
      sent: number; recipient: string; asked: { what: string; rows: number }[]; forecast: { requests: number; read: number; writtenAtMost: number; money: { least: number; most: number } };
    };
    expect([sent, recipient]).toEqual([0, 'https://teacher.invalid · m']);
    // A recorded run of this experiment had 27,674 labels (docs/results.md), and of 168 answers those judged that were wrong.
    expect(asked.map(({ rows }) => rows)).toEqual([168, 27_506, 168]);
    expect(forecast.requests).toBe(27_674 + 168);
    expect(forecast.money.most - forecast.money.least).toBeCloseTo(2e-6 * forecast.writtenAtMost);
  });

  it('tells from a configuration alone what training would hold, and which settings fit', async () => {
    const config = {
      model_type: 'qwen2', vocab_size: 151936, hidden_size: 896, num_hidden_layers: 24, num_attention_heads: 14, num_key_value_heads: 2,
      intermediate_size: 4864, max_position_embeddings: 32768, rope_theta: 1e6, tie_word_embeddings: true,
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const ended = await stat(['fit', '--config', join(folder, 'config.json'), '--default-limits', '--batch', '2', '--context', '256', '--memory-gb', '4', '--json']);
    expect(ended.status).toBe(0);
    const { training } = document(ended) as { training: { total: number; fits: boolean; suggestion: { options: string; total: number } } };
    expect(training.total).toBeGreaterThan(4 * 4 * 494e6);
    expect(training.fits).toBe(false);
    expect(training.suggestion.options).toContain('--lora-rank');
    expect(training.suggestion.total).toBeLessThanOrEqual(4 * 2 ** 30);
  });

  it.each([
    ['an unknown command', () => ['water'], 'cli-unknown-command', 'There is no command "water".'],
    ['a missing option', () => ['pretrain', '--world', 'A'], 'cli-arguments', '--out is missing.'],
    ['a foreign world', () => ['pretrain', '--world', 'C', '--out', join(folder, 'x')], 'cli-arguments', '--world must be one of A, B1, not "C".'],
    ['a folder in use', () => ['run', 'experiments/demo.json', '--out', folder], 'cli-folder-not-empty', 'is not empty'],
    ['an experiment with a field of its own', () => ['run', join(folder, 'experiment.json'), '--out', join(folder, 'y')], 'experiment-malformed', 'is not an experiment'],
    ['an adapter without a rank', () => ['run', join(folder, 'rankless.json'), '--out', join(folder, 'y')], 'experiment-malformed', 'is not an experiment'],
    ['an arm without a number it needs, which it names,', () => ['run', join(folder, 'armless.json'), '--out', join(folder, 'y')], 'experiment-malformed', 'Expected "updates"'],
    ['half an experiment', () => ['run', join(folder, 'broken.json'), '--out', join(folder, 'y')], 'experiment-not-json', 'is not JSON'],
    ['a student that is not there', () => ['nll', '--student', join(folder, 'nobody'), '--text-file', 'x'], 'cli-cannot-read', 'it is not there'],
    ['a file that is no student', () => ['tokenize', '--student', join(folder, 'broken.json'), '--text-file', join(folder, 'broken.json')], 'cli-not-a-student', 'is not a student'],
    ['a folder without a student', () => ['generate', '--student', import.meta.dirname, '--prompt', 'x'], 'model-missing-file', 'has no config.json'],
  ])('refuses %s in a sentence, with status 1', async (_, args, code, sentence) => {
    const ended = await stat([...args(), '--json']);
    expect(ended.status).toBe(1);
    const { error } = document(ended) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toContain(sentence);
    expect(ended.stderr).toContain(sentence);
    expect(ended.stderr).not.toContain('    at ');
  });
});

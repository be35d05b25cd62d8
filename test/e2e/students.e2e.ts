/** A student of one's own in the page: brought as files, refused when broken, kept over a reload, put to work and removed. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeProcessor } from '../../src/cli/nodeEngine';
import { openProcessor } from '../../src/gpu/processor/engine';
import { memorySources } from '../../src/model/byteSource';
import { gather } from '../../src/model/export/pieces';
import { exportStudent } from '../../src/model/export/student';
import { readAdapter } from '../../src/model/peft';
import { openStudent } from '../../src/model/student';
import type { Student } from '../../src/model/types';
import { encodePrompt } from '../../src/train/example';
import { Generator } from '../../src/train/generate';
import { unpacked } from '../core/unzip';
import { hasSharedData, sharedPath } from '../sharedData';
import { byteStudentFiles } from '../model/byteStudent';
import { openBrowser, type Opened } from './browser';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
const signs = ['+', '-'];
const rows = Array.from({ length: 40 }, (_, i) => {
  const [a, b, sign] = [(i % 9) + 1, (i % 5) + 1, signs[i % 2]];
  return { question: `${a}${sign}${b}=?`, answer: `#${sign === '+' ? a + b : a - b}`, skills: [sign === '+' ? 'add' : 'subtract'] };
});

let studio: Opened;
let folder: string;
/** What the student is called: its folder's name. */
let title: string;
let projectId: string;
let taken: Map<string, Buffer>;
const toStep = (step: string) => studio.page.goto(`${url}#/p/${projectId}/${step}`);
const upload = (files: ReadonlyMap<string, Uint8Array>) =>
  [...files].map(([name, bytes]) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) }));

beforeAll(async () => {
  studio = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), 'stat-e2e-'));
  title = basename(folder);
  // A dialog of the system cannot be pressed here: the folder it would give is one of the private files.
  await studio.page.addInitScript(() => {
    const give = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('taken', { create: true });
    Object.assign(globalThis, { showDirectoryPicker: give });
  });
  for (const [name, bytes] of byteStudentFiles('llama')) await writeFile(join(folder, name), bytes);
});
afterAll(async () => {
  await studio?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Hands files to the chooser as if a person had picked them. */
async function bring(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const { page } = studio;
  await page.getByLabel('Student', { exact: true }).selectOption('A model from my files');
  await page.getByLabel(/Drop a model here/).setInputFiles(upload(files));
}

describe('a student of one’s own', () => {
  it('is refused when it is broken, with the loader’s own sentence, and leaves nothing behind', async () => {
    const { page } = studio;
    await page.goto(`${url}#/import`);
    const buffer = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));
    await page.locator('input[type=file]').setInputFiles({ name: 'signs.jsonl', mimeType: 'application/jsonl', buffer });
    const broken = byteStudentFiles('llama');
    broken.set('model.safetensors', (broken.get('model.safetensors') as Uint8Array).slice(0, 3000));
    await bring(broken);
    await page.getByRole('alert').getByText('Nothing was loaded.').waitFor();
    await bring(new Map([['adapter_config.json', new Uint8Array(2)], ['adapter_model.safetensors', new Uint8Array(2)]]));
    await page.getByText('These files are an adapter').waitFor();
    expect(await keptBytes()).toBe(0);
  });

  it('is read from a folder, shown with its own tokens, and takes the rows', async () => {
    const { page } = studio;
    await page.getByLabel('Student', { exact: true }).selectOption('A model from my files');
    await page.getByLabel('Folder').setInputFiles(folder);
    await page.getByText('plain text').waitFor();
    await page.locator('.example .learned').first().waitFor();
    expect((await page.locator('.example .learned').allInnerTexts()).join('')).toBe('#2<|end|>');
    expect((await page.locator('.example .token').allInnerTexts()).join('')).toBe('<|end|>1+1=?⏎\n#2<|end|>');
    await page.getByRole('button', { name: 'Make a project of 40 rows' }).click();
    await page.getByRole('heading', { name: 'The splits' }).waitFor();
    projectId = /#\/p\/([^/]+)\//.exec(page.url())?.[1] ?? '';
  });

  it('is there after a reload', async () => {
    const { page } = studio;
    await toStep('student');
    await page.reload();
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByRole('button', { name: 'Ask' }).waitFor();
    expect(studio.errors).toEqual([]);
  });

  it.skipIf(!hasSharedData('stories260k'))('may be one GGUF file, or a llama2.c file with its tokenizer (needs the shared test data)', async () => {
    const { page } = studio;
    await page.getByText('Choose another student for these questions.').click();
    for (const files of [['stories260K.bin', 'tok512.bin'], ['derived/stories260K-q8_0.gguf']]) {
      await page.getByLabel('Student', { exact: true }).selectOption('A model from my files');
      await page.getByLabel(/Drop a model here/).setInputFiles(files.map((file) => sharedPath('stories260k', file)));
      await page.locator('details').getByText('260,032').waitFor();
      await page.getByRole('button', { name: 'Remove from this browser' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.locator('details').getByText('260,032').waitFor({ state: 'detached' });
    }
  });

  it('is trained as an adapter on packed weights, with what that takes said before', async () => {
    const { page } = studio;
    await toStep('diagnose');
    await page.getByLabel('What is compared with the reference').selectOption('the final answer as a number');
    await toStep('adapt');
    const form = page.locator('form', { has: page.getByRole('button', { name: 'Save these settings' }) });
    await form.getByText('An adapter (LoRA)').click();
    for (const [field, value] of [['Rank', '4'], ['Alpha', '8'], ['Steps', '6'], ['Rows a step', '4']]) {
      await form.getByRole('spinbutton', { name: field, exact: true }).fill(value);
    }
    await form.getByRole('textbox', { name: 'Learning rates' }).fill('0.02, 0.01, 0.02');
    const arms = await page.locator('.cards > li').count();
    await form.getByText(`${2 * arms} trainings in all, most of 6 steps`).waitFor();
    await form.getByRole('textbox', { name: 'Learning rates' }).fill('0.02');
    await form.getByText(`${arms} trainings in all`).waitFor();
    await form.getByRole('checkbox', { name: /as many tokens/ }).check();
    await form.getByLabel('Frozen weights').selectOption('16-bit');
    for (const layer of ['q_proj', 'down_proj']) await form.getByRole('checkbox', { name: layer }).check();
    await form.getByRole('button', { name: 'Save these settings' }).click();
    await page.getByText('Memory of the device').waitFor();
    await page.getByText('Adapter or all weights').click();
    const against = page.locator('form', { has: page.getByLabel('Same data as') });
    await against.getByRole('textbox', { name: 'Its learning rates' }).fill('0.002');
    await against.getByRole('button', { name: 'Add this arm' }).click();
    await page.locator('.cards').getByText('STAT-Sel, stat-sel-full').waitFor();
    await page.getByText('Other rows', { exact: true }).click();
    await page.getByLabel('Arm', { exact: true }).selectOption('Nearest questions');
    await page.locator('form', { has: page.getByLabel('Arm', { exact: true }) }).getByRole('button', { name: 'Add this arm' }).click();
    await page.locator('.cards').getByText('Nearest questions').waitFor();
    await toStep('compare');
    await page.getByRole('button', { name: /^Run .* to Compare$/ }).click();
    await page.getByRole('heading', { name: 'Take it home' }).waitFor({ timeout: 400_000 });
    await page.locator('nav[aria-label="Steps"] a', { hasText: 'Compare' }).filter({ hasText: 'done' }).waitFor({ timeout: 400_000 });
    for (const arm of ['STAT-Sel, stat-sel-full', 'Nearest questions']) await page.getByRole('button', { name: arm }).waitFor();
    expect(studio.errors).toEqual([]);
  });

  it('answers side by side, with the same draws each time', async () => {
    const { page } = studio;
    const answers = async () => {
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await page.getByRole('button', { name: 'Ask', exact: true }).waitFor();
      return page.locator('[data-run]').allInnerTexts();
    };
    await page.getByText('How it answers').click();
    await page.getByRole('spinbutton', { name: 'Temperature' }).fill('1');
    await page.getByRole('spinbutton', { name: 'Longest answer, tokens' }).fill('12');
    await page.getByRole('textbox', { name: 'Question' }).fill('1+1=?');
    const once = await answers();
    expect(once.length).toBe(2);
    expect(once[0]).not.toBe(once[1]);
    const twice = await answers();
    expect(twice.slice(0, 2)).toEqual(once);
  });

  it('takes the adapter home as a zip file and into a folder', async () => {
    const { page } = studio;
    await page.getByLabel('As', { exact: true }).selectOption('Adapter for PEFT');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as a zip file' }).click()]);
    taken = unpacked(await readFile(await download.path()));
    expect([...taken.keys()].sort()).toEqual(['README.md', 'adapter_config.json', 'adapter_model.safetensors', 'run.json']);
    expect(JSON.parse(String(taken.get('adapter_config.json')))).toMatchObject({ r: 4, lora_alpha: 8, target_modules: ['q_proj', 'down_proj'] });
    expect(JSON.parse(String(taken.get('run.json')))).toMatchObject({ data: 'signs.jsonl', options: { steps: 6, batch: 4, base: 'f16' } });
    await page.getByLabel('As', { exact: true }).selectOption('Whole student, safetensors, half precision');
    await page.getByRole('button', { name: 'Save to a folder' }).click();
    await page.getByText(/^6 files, .*, in taken\.$/).waitFor();
    const saved = await page.evaluate(async () => {
      const names: string[] = [];
      for await (const name of (await (await navigator.storage.getDirectory()).getDirectoryHandle('taken')).keys()) names.push(name);
      return names.sort();
    });
    expect(saved).toEqual(['README.md', 'config.json', 'model.safetensors', 'run.json', 'tokenizer.json', 'tokenizer_config.json']);
  });

  it('takes it home as GGUF, which opened again writes what the trained student writes', async () => {
    const { page } = studio;
    await page.getByLabel('As', { exact: true }).selectOption('Whole student, GGUF F16');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as a zip file' }).click()]);
    const files = unpacked(await readFile(await download.path()));
    const gguf = await openStudent('gguf', memorySources(new Map([...files].filter(([name]) => name.endsWith('.gguf')))));
    // The same made here, of the files that went in and the adapter that came out.
    const base = await openStudent('base', memorySources(byteStudentFiles('llama')));
    const trained = { ...base, adapter: await readAdapter(memorySources(taken), base.config) };
    const here = await Promise.all([...exportStudent(trained, 'gguf', 'F16')].map(async ([name, pieces]) => [name, await gather(pieces)] as const));
    const engine = await openProcessor(nodeProcessor());
    const written = async (student: Student) => {
      const generator = await Generator.create(engine, student, student.params, { slots: 2, context: 48 });
      const prompts = ['1+1=?', '9-5=?'].map((question) => encodePrompt(student, question));
      const answers = await generator.answer(prompts, { maxTokens: 24, temperature: 0, seed: 0 });
      await generator.dispose();
      return { prompts, answers };
    };
    const ours = await written(gguf);
    expect(ours).toEqual(await written(await openStudent('here', memorySources(new Map(here)))));
    expect(ours.answers).not.toEqual((await written(base)).answers);
  });

  it('goes on with an adapter that is put back on it', async () => {
    const { page } = studio;
    await toStep('student');
    await page.getByText('This one has answered already').click();
    await page.getByLabel('Student', { exact: true }).selectOption(title);
    await page.getByText('Put an adapter on it').click();
    const adapter = new Map(['adapter_config.json', 'adapter_model.safetensors'].map((name) => [name, taken.get(name) as Buffer]));
    await page.getByLabel(/Drop a PEFT adapter here/).setInputFiles(upload(adapter));
    await page.locator('details').getByText('rank 4').waitFor();
    await page.getByRole('button', { name: 'Make a project with this student' }).click();
    await page.getByRole('heading', { name: `${title} + adapter` }).waitFor();
    await page.goto(page.url().replace('/student', '/adapt'));
    await page.getByText('This student came with an adapter of rank 4').waitFor();
    expect(studio.errors).toEqual([]);
  });

  it('goes when it is removed, and its project says what it needs', async () => {
    const { page } = studio;
    await page.goto(`${url}#/settings`);
    await page.getByRole('heading', { name: '2 students kept in this browser' }).waitFor();
    await page.locator('li', { hasText: title }).filter({ hasNotText: '+ adapter' }).getByRole('button', { name: 'Remove from this browser' }).click();
    await page.getByText('2 projects use it').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: '0 students kept in this browser' }).waitFor();
    expect(await keptBytes()).toBe(0);
    await toStep('student');
    await page.getByText('The files of this student are not in this browser.').waitFor();
  });
});

/** Bytes under the folder of models in the private files, but for the zip file that was handed out last. */
function keptBytes(): Promise<number> {
  return studio.page.evaluate(async () => {
    const sum = async (at: FileSystemDirectoryHandle): Promise<number> => {
      let bytes = 0;
      for await (const [name, handle] of at.entries()) {
        if (name === '@export') continue;
        bytes += handle.kind === 'directory' ? await sum(handle as FileSystemDirectoryHandle) : (await (handle as FileSystemFileHandle).getFile()).size;
      }
      return bytes;
    };
    return sum(await (await navigator.storage.getDirectory()).getDirectoryHandle('models', { create: true }));
  });
}
